"""Telephones. The shapes follow the vendor's published models; the fact sheet does not cover them."""

from __future__ import annotations

from sandbox.ringcentral import enums, ids, params
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.paging import envelope, page_request
from sandbox.ringcentral.pbx import ACCOUNT_ID, Extension
from sandbox.ringcentral.wire import Json, link

_MODELS = ("Polycom VVX-311", "Cisco SPA-525G2", "Yealink T46U")


def of_company(ask: Ask) -> Json:
    """`GET /account/{accountId}/device`."""
    return _page(f"/account/{ACCOUNT_ID}/device", list(ask.pbx.extensions))


def of_extension(ask: Ask) -> Json:
    """`GET .../extension/{extensionId}/device`."""
    extension = ask.target
    return _page(f"/account/{ACCOUNT_ID}/extension/{extension.id}/device", [extension])


def _page(path: str, extensions: list[Extension]) -> Json:
    types = params.choices("type", enums.DEVICE_TYPE)
    records = [_device(extension) for extension in extensions if extension.person is not None]
    records = [record for record in records if not types or record["type"] in types]
    page = page_request()
    return envelope(path, [], page, records[page.start : page.start + page.size], len(records), totals=True)


def _device(extension: Extension) -> Json:
    person = extension.person
    assert person is not None  # noqa: S101 - the caller looked
    hard = person.index % 3 != 2
    identity = ids.device_id(extension.id)
    model = _MODELS[person.index % len(_MODELS)]
    body: Json = {
        "uri": link(f"/account/{ACCOUNT_ID}/device/{identity}"),
        "id": identity,
        "type": "HardPhone" if hard else "SoftPhone",
        "name": f"{person.name}'s {model if hard else 'computer'}",
        "status": "Online" if person.online else "Offline",
        "extension": {
            "id": extension.id,
            "uri": link(f"/account/{ACCOUNT_ID}/extension/{extension.id}"),
            "extensionNumber": extension.number,
        },
        "phoneLines": [
            {"id": str(ids.number_id(person.number_us)), "lineType": "Standalone",
             "phoneInfo": {"id": ids.number_id(person.number_us), "phoneNumber": person.number_us}},
        ],
    }  # fmt: skip
    if hard:
        body["model"] = {"id": str(person.index % len(_MODELS) + 1), "name": model, "addons": []}
        body["serial"] = f"0004F2{person.index:06X}"
    return body
