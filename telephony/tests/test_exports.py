"""Exports: the same calls as the list, in three formats, at once or in the background."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.core.files.storage import storages
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from telephony.core.call_filter import CallFilter
from telephony.core.filter_json import filter_from_json, filter_to_json
from telephony.core.types import Direction, Kind, LogScope, MediaRef, Outcome, Party
from telephony.models import Call, Export, ExportState, LinkedAccount
from telephony.services import export_jobs, exports
from telephony.services.call_store import store_page
from telephony.services.export_columns import COLUMNS
from telephony.services.unlinking import unlink
from telephony.tasks import enqueue_due_work
from telephony.tests.accounts import make_account
from telephony.tests.conftest import sign_in
from telephony.tests.test_selectors import record

ADDRESS = "/telephony/calls/export/"
AUTUMN = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, for the first time; an hour later for the second


@pytest.fixture
def account(person: User) -> LinkedAccount:
    with transaction.atomic():  # some tests here run outside of one
        return make_account(person)


@pytest.fixture
def calls(account: LinkedAccount) -> list[Call]:
    """Three calls, two of them in the hour that the end of summer time repeats."""
    attack = Party("+493023125001", "+493023125001", '=HYPERLINK("https://evil.example","Grete")')
    records = [
        record(1, started_at=AUTUMN, caller=attack, duration=61),
        record(2, started_at=AUTUMN + timedelta(hours=1), outcome=Outcome.MISSED, recording=MediaRef("r1")),
        record(3, started_at=AUTUMN + timedelta(hours=2), direction=Direction.OUTBOUND),
    ]
    store_page(account, records, LogScope.OWN)
    return list(Call.objects.order_by("-started_at"))


def body(response: object) -> bytes:
    """Everything that was streamed."""
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]  # the test client's response


def rows_of(response: object) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(body(response).decode(), newline="")))


def test_a_csv_file_holds_the_calls_of_the_list_newest_first(browser: Client, calls: list[Call]) -> None:
    response = browser.get(f"{ADDRESS}?format=csv")
    rows = rows_of(response)
    assert [row["Start (Europe/Berlin)"] for row in rows] == [
        "2026-10-25 03:30:00+01:00",
        "2026-10-25 02:30:00+01:00",
        "2026-10-25 02:30:00+02:00",
    ]
    assert [row["Outcome"] for row in rows] == ["Answered", "Missed", "Answered"]
    assert [row["Recording"] for row in rows] == ["no", "yes", "no"]
    assert [row["Talk time in seconds"] for row in rows] == ["", "", "61"]


def test_zone_and_number_of_rows_are_stated(browser: Client, calls: list[Call]) -> None:
    response = browser.get(f"{ADDRESS}?format=csv&since=2026-10-25&until=2026-10-25")
    assert response["X-Row-Count"] == "3"
    assert response["X-Time-Zone"] == "Europe/Berlin"
    assert response["Content-Disposition"] == (
        'attachment; filename="calls_2026-10-25_2026-10-25_Europe-Berlin_3-rows.csv"'
    )
    page = browser.get(ADDRESS).content.decode()
    assert "3 calls" in page
    assert "Europe/Berlin" in page


def test_a_name_that_is_a_formula_is_defused_and_a_number_keeps_its_plus(browser: Client, calls: list[Call]) -> None:
    row = rows_of(browser.get(f"{ADDRESS}?format=csv"))[-1]
    assert row["From: name"].startswith("'=HYPERLINK")
    assert row["From: number"] == "+493023125001"


def test_the_filter_of_the_address_is_the_filter_of_the_file(browser: Client, calls: list[Call]) -> None:
    assert len(rows_of(browser.get(f"{ADDRESS}?format=csv&direction=outbound"))) == 1
    assert rows_of(browser.get(f"{ADDRESS}?format=csv&outcome=busy")) == []


def test_columns_are_chosen_and_keep_their_order(browser: Client, calls: list[Call]) -> None:
    response = browser.get(f"{ADDRESS}?format=csv&column=id&column=direction&direction=outbound")
    assert body(response).decode() == "Direction,Id at the provider\r\nOutbound,call-3\r\n"


def test_json_lines_hold_codes_offsets_and_plain_texts(browser: Client, calls: list[Call]) -> None:
    lines = [json.loads(line) for line in body(browser.get(f"{ADDRESS}?format=jsonl")).decode().splitlines()]
    assert [line["start"] for line in lines][1:] == ["2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+02:00"]
    assert lines[1]["outcome"] == "missed"
    assert lines[1]["recording"] is True
    assert lines[2]["seconds"] == 61
    assert lines[2]["from_name"].startswith("=HYPERLINK")


def test_a_workbook_holds_texts_instead_of_formulas_and_says_what_it_is(browser: Client, calls: list[Call]) -> None:
    response = browser.get(f"{ADDRESS}?format=xlsx")
    with zipfile.ZipFile(BytesIO(body(response))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        about = book.read("xl/worksheets/sheet2.xml").decode()
        ElementTree.fromstring(sheet)  # noqa: S314  # our own file
    assert "<f>" not in sheet
    assert "=HYPERLINK" in sheet
    assert "Start (Europe/Berlin)" in sheet
    assert "Europe/Berlin" in about
    assert ">3<" in about


def test_every_column_can_be_written_in_every_format(browser: Client, calls: list[Call]) -> None:
    everything = "&".join(f"column={key}" for key in COLUMNS)
    for name in ("csv", "jsonl", "xlsx"):
        assert len(body(browser.get(f"{ADDRESS}?format={name}&{everything}"))) > 200


def test_the_same_address_gives_the_same_bytes(browser: Client, calls: list[Call]) -> None:
    first, second = (body(browser.get(f"{ADDRESS}?format=csv")) for _time in range(2))
    assert first == second


def test_times_are_in_the_zone_of_the_person_whatever_its_offset(person: User, calls: list[Call]) -> None:
    User.objects.update(time_zone="Asia/Kolkata")
    assert "2026-10-25 08:00:00+05:30" in body(sign_in(person).get(f"{ADDRESS}?format=csv")).decode()


def test_the_page_leads_to_an_address_that_can_be_repeated(browser: Client, calls: list[Call]) -> None:
    chosen = {"format": "csv", "column": ["start", "outcome"]}
    response = browser.post(f"{ADDRESS}?direction=outbound", chosen)
    assert response["Location"] == f"{ADDRESS}?direction=outbound&format=csv&column=start&column=outcome"


def test_a_search_with_a_mistake_is_not_exported(browser: Client, calls: list[Call]) -> None:
    response = browser.get(f"{ADDRESS}?format=csv&since=nonsense")
    assert response.status_code == 400
    assert "Nothing is exported" in response.content.decode()


@pytest.mark.parametrize("query", ["format=exe", "format=zip", "format=csv&column=raw"])
def test_an_unknown_format_or_column_is_refused(browser: Client, calls: list[Call], query: str) -> None:
    assert browser.get(f"{ADDRESS}?{query}").status_code == 400


def test_nobody_exports_the_calls_of_another(stranger: User, account: LinkedAccount, calls: list[Call]) -> None:
    other = sign_in(stranger)
    assert rows_of(other.get(f"{ADDRESS}?format=csv")) == []
    assert other.get(reverse("telephony:export_account_calls", args=[account.pk])).status_code == 404
    assert Client().get(f"{ADDRESS}?format=csv").status_code == 302


def test_each_download_is_noted(browser: Client, calls: list[Call]) -> None:
    browser.get(f"{ADDRESS}?format=csv&direction=outbound")
    export = Export.objects.get()
    assert (export.state, export.done, export.source) == ("sent", 1, "/telephony/calls/?direction=outbound")
    assert "Downloaded at once" in browser.get(reverse("telephony:exports")).content.decode()


# In the background


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two calls are already too many to be sent at once."""
    monkeypatch.setattr("telephony.views.exports.MOST_AT_ONCE", 1)
    yield
    for export in Export.objects.exclude(file=""):
        storages["exports"].delete(export.file)


@pytest.fixture
def prepared(browser: Client, calls: list[Call], many: None) -> Export:
    """An export that the worker has made."""
    response = browser.post(ADDRESS, {"format": "csv", "column": ["start", "from_number"]})
    assert response.status_code == 302
    export = Export.objects.get()
    assert response["Location"] == export.get_absolute_url()
    return export


def test_too_many_rows_are_prepared_by_the_worker_told_by_mail_and_fetched(browser: Client, prepared: Export) -> None:
    assert (prepared.state, prepared.done, prepared.total) == ("ready", 3, 3)
    (message,) = mail.outbox
    assert message.subject == "[Switchboard] Your export of 3 calls is ready"
    assert f"http://testserver{prepared.get_absolute_url()}" in message.body
    assert "Europe/Berlin" in message.body
    assert "+4930" not in message.body
    response = browser.get(reverse("telephony:export_file", args=[prepared.pk]))
    assert len(rows_of(response)) == 3
    assert "Europe-Berlin_3-rows.csv" in response["Content-Disposition"]
    assert "Ready" in browser.get(prepared.get_absolute_url()).content.decode()


def test_an_address_that_asks_for_too_many_at_once_shows_the_page(
    browser: Client, calls: list[Call], many: None
) -> None:
    response = browser.get(f"{ADDRESS}?format=csv")
    assert response.status_code == 413
    assert "Prepare the file" in response.content.decode()


def test_a_workbook_is_prepared_too(browser: Client, calls: list[Call], many: None) -> None:
    browser.post(ADDRESS, {"format": "xlsx", "column": ["start"]})
    response = browser.get(reverse("telephony:export_file", args=[Export.objects.get().pk]))
    assert zipfile.is_zipfile(BytesIO(body(response)))


def test_nobody_fetches_the_file_of_another(stranger: User, prepared: Export) -> None:
    other = sign_in(stranger)
    for name in ("export", "export_file", "export_progress"):
        assert (
            other.get(reverse(f"telephony:{name}", args=[prepared.pk]), headers={"HX-Request": "true"}).status_code
            == 404
        )
    for name in ("export_again", "export_remove"):
        assert other.post(reverse(f"telephony:{name}", args=[prepared.pk])).status_code == 404


def test_a_file_expires_and_the_export_can_be_made_again(browser: Client, prepared: Export) -> None:
    Export.objects.update(expires_at=timezone.now())
    assert browser.get(reverse("telephony:export_file", args=[prepared.pk])).status_code == 302
    enqueue_due_work()
    name = prepared.file
    prepared.refresh_from_db()
    assert (prepared.state, prepared.file) == ("expired", "")
    assert not storages["exports"].exists(name)
    browser.post(reverse("telephony:export_again", args=[prepared.pk]))
    again = Export.objects.exclude(pk=prepared.pk).get()
    assert (again.state, again.columns, again.done) == ("ready", ["start", "from_number"], 3)


def test_the_same_export_asked_for_twice_is_made_once(person: User, account: LinkedAccount) -> None:
    first, second, other = (_waiting(person, account, **changes) for changes in ({}, {}, {"columns": ["start"]}))
    assert export_jobs.ask(first) == export_jobs.ask(second)
    assert export_jobs.ask(other) != first


def test_nobody_has_more_than_a_few_under_way(person: User, account: LinkedAccount) -> None:
    for column in ("start", "kind", "direction"):
        export_jobs.ask(_waiting(person, account, columns=[column]))
    with pytest.raises(export_jobs.TooManyExports):
        export_jobs.ask(_waiting(person, account, columns=["outcome"]))


def _waiting(person: User, account: LinkedAccount, **changes: object) -> Export:
    fields = {"format": "csv", "zone": "Europe/Berlin", "language": "en", "account_ids": [account.pk]} | changes
    return Export(user=person, **fields)


def test_an_export_whose_worker_died_is_taken_up_by_another(
    person: User, account: LinkedAccount, calls: list[Call]
) -> None:
    long_ago = timezone.now() - timedelta(minutes=10)
    export = _waiting(person, account, state=ExportState.RUNNING, attempts=1, beat_at=long_ago, done=1)
    export.save()
    export_jobs.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempts, export.done) == ("ready", 2, 3)


def test_the_clock_finds_it_and_gives_up_after_three(person: User, account: LinkedAccount, calls: list[Call]) -> None:
    long_ago = timezone.now() - timedelta(minutes=10)
    lost, hopeless = (
        _waiting(person, account, state=ExportState.RUNNING, attempts=attempts, beat_at=long_ago) for attempts in (1, 3)
    )
    lost.save()
    hopeless.save()
    enqueue_due_work()
    lost.refresh_from_db()
    hopeless.refresh_from_db()
    assert (lost.state, hopeless.state) == ("ready", "failed")


def test_an_export_that_another_works_on_is_left_alone(person: User, account: LinkedAccount) -> None:
    export = _waiting(person, account, state=ExportState.RUNNING, attempts=1)
    export.save()
    export_jobs.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("running", 1)


def test_a_stopped_export_leaves_no_file(
    person: User, account: LinkedAccount, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = _waiting(person, account)
    export.save()
    write = exports.write

    def write_while_it_is_stopped(plan: object, out: object, progress: object) -> int:
        rows = write(plan, out, progress)  # type: ignore[arg-type]  # passed through
        assert export_jobs.cancel(export)
        return rows

    monkeypatch.setattr(export_jobs, "write", write_while_it_is_stopped)
    export_jobs.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.file) == ("cancelled", "")
    assert not mail.outbox


def test_a_disk_that_is_full_is_a_failure_in_words(
    browser: Client, person: User, account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_jobs, "write", refuse)
    export = _waiting(person, account)
    export.save()
    export_jobs.make(export.pk)
    assert "could not be made" in browser.get(export.get_absolute_url()).content.decode()


def test_a_mail_that_did_not_go_out_is_sent_later(prepared: Export) -> None:
    mail.outbox.clear()
    Export.objects.update(mailed_at=None, beat_at=timezone.now() - timedelta(minutes=10))
    enqueue_due_work()
    enqueue_due_work()
    assert len(mail.outbox) == 1


def test_the_progress_is_drawn_again_while_it_lasts(browser: Client, person: User, account: LinkedAccount) -> None:
    export = _waiting(person, account, state=ExportState.RUNNING, total=1000, done=250)
    export.save()
    address = reverse("telephony:export_progress", args=[export.pk])
    running = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "250 of 1000 rows (25 %)" in running.replace(",", "")
    assert 'hx-trigger="every 2s"' in running
    Export.objects.update(state=ExportState.FAILED)
    assert "hx-trigger" not in browser.get(address, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_unlinking_takes_the_files_with_its_calls_away(person: User, account: LinkedAccount, prepared: Export) -> None:
    name = prepared.file
    assert storages["exports"].exists(name)
    unlink(account)
    prepared.refresh_from_db()
    assert prepared.state == ExportState.EXPIRED
    assert not storages["exports"].exists(name)


@pytest.mark.django_db(transaction=True)
def test_deleting_the_person_takes_her_files_away(person: User, prepared: Export) -> None:
    name = prepared.file
    LinkedAccount.objects.all().delete()
    person.delete()
    assert not Export.objects.exists()
    assert not storages["exports"].exists(name)


# The filter


@given(
    st.builds(
        CallFilter,
        since=st.none() | st.datetimes(timezones=st.just(UTC)),
        scope=st.sampled_from(LogScope),
        directions=st.frozensets(st.sampled_from(Direction)),
        kinds=st.frozensets(st.sampled_from(Kind)),
        number=st.text(max_size=5),
    )
)
def test_a_stored_filter_means_the_same_again(call_filter: CallFilter) -> None:
    assert filter_from_json(json.loads(json.dumps(filter_to_json(call_filter)))) == call_filter


def test_a_stored_filter_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        filter_from_json({"colour": "red"})
