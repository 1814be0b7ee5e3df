"""The account: plan, status, region. There is no balance anywhere at RingCentral."""

from __future__ import annotations

from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.pbx import ACCOUNT_ID, SYSTEM_EXTENSION_ID
from sandbox.ringcentral.wire import Json, host, link, link_v2

_TIMEZONE: Json = {
    "id": "58",
    "name": "US/Pacific",
    "description": "Pacific Time (US & Canada)",
    "bias": "-480",
}
_US: Json = {"id": "1", "name": "United States", "isoCode": "US", "callingCode": "1"}
_LANGUAGE: Json = {"id": "1033", "name": "English (United States)", "localeCode": "en-US"}
_BRAND: Json = {"id": "1210", "name": "RingCentral", "homeCountry": {"id": "1"}}
_PLAN: Json = {"id": "16421", "name": "RingEX Advanced", "edition": "Advanced", "freemiumProductType": "Freyja"}
_LIMITS: Json = {
    "freeSoftPhoneLinesPerExtension": 1,
    "meetingSize": 200,
    "cloudRecordingStorage": 100,
    "maxMonitoredExtensionsPerUser": 100,
    "maxExtensionNumberLength": 6,
    "siteCodeLength": 2,
    "shortExtensionNumberLength": 3,
}
_FEATURES = ("CallForwarding", "SMS", "RingOut", "AutomaticCallRecording", "InternationalCalling", "Voicemail")


def info(ask: Ask) -> Json:
    """`GET /account/{accountId}`. It has no company name: that is in v2."""
    uri = f"/account/{ACCOUNT_ID}"
    operator = ask.pbx.extensions[14]
    return {
        "uri": link(uri),
        "id": ACCOUNT_ID,
        "bsid": "62264425",
        "mainNumber": ask.pbx.company.main_number_us,
        "operator": {
            "uri": link(f"{uri}/extension/{operator.id}"),
            "id": operator.id,
            "extensionNumber": operator.number,
        },
        "serviceInfo": _service(uri),
        "setupWizardState": "Completed",
        "signupInfo": {"tosAccepted": True, "marketingAccepted": False, "creationTime": "2021-03-01T09:00:00.000Z"},
        "status": "Confirmed",
        "regionalSettings": regional_settings(),
        "federated": False,
        "outboundCallPrefix": 9,
        "limits": _LIMITS,
    }


def service_info(ask: Ask) -> Json:
    """`GET /account/{accountId}/service-info`."""
    uri = f"/account/{ACCOUNT_ID}"
    return _service(uri) | {
        "servicePlanName": _PLAN["name"],
        "serviceFeatures": [{"featureName": name, "enabled": name != "InternationalCalling"} for name in _FEATURES],
        "limits": _LIMITS,
        "package": {"id": "18", "version": "2"},
    }


def info_v2(ask: Ask) -> Json:
    """`GET /restapi/v2/accounts/{accountId}`: ids are strings here, and the company has a name."""
    person = ask.pbx.company.persons[0]
    return {
        "uri": link_v2(f"/accounts/{ACCOUNT_ID}"),
        "id": str(ACCOUNT_ID),
        "companyName": ask.pbx.company.name,
        "companyAddress": {
            "country": "US",
            "state": "NY",
            "city": "New York",
            "street": "1 Example Plaza",
            "zip": "10001",
        },
        "mainNumber": ask.pbx.company.main_number_us,
        "status": "Confirmed",
        "billingActive": True,
        "contactInfo": {"firstName": person.first_name, "lastName": person.last_name, "email": person.email},
        "systemExtension": {"id": str(SYSTEM_EXTENSION_ID)},
    }


def regional_settings() -> Json:
    """Where the account is at home. The portal shows times in this zone; the API speaks UTC."""
    return {
        "homeCountry": _US | {"uri": link("/dictionary/country/1")},
        "timezone": _TIMEZONE | {"uri": link("/dictionary/timezone/58")},
        "language": _LANGUAGE,
        "greetingLanguage": _LANGUAGE,
        "formattingLocale": _LANGUAGE,
        "timeFormat": "12h",
        "currency": {"id": "1", "code": "USD", "name": "US Dollar", "symbol": "$"},
    }


def versions(version: str | None = None) -> Json:
    """`GET /restapi` and `GET /restapi/v1.0`: open to anybody, and never throttled."""
    entry: Json = {
        "uri": f"{host()}/restapi/v1.0",
        "versionString": "1.0.60",
        "releaseDate": "2026-07-30T00:00:00.000Z",
        "uriString": "v1.0",
    }
    if version:
        return entry
    return {
        "uri": f"{host()}/restapi/",
        "apiVersions": [entry],
        "serverVersion": "26.3.1",
        "serverRevision": "00000000",
    }


def _service(uri: str) -> Json:
    return {
        "uri": link(f"{uri}/service-info"),
        "brand": _BRAND,
        "contractedCountry": {"id": "1", "uri": link("/dictionary/country/1")},
        "servicePlan": _PLAN,
        "targetServicePlan": _PLAN,
        "billingPlan": {
            "id": "8853",
            "name": "Monthly",
            "durationUnit": "Month",
            "duration": 1,
            "type": "Regular",
            "includedPhoneLines": 30,
        },
    }
