"""The filters of the call log: what may be asked, what is refused, and which record passes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request

from sandbox.ringcentral import enums, params
from sandbox.ringcentral.calllog_rows import Row
from sandbox.ringcentral.errors import invalid_parameter, unique_session_filter
from sandbox.ringcentral.wire import moment

KEPT = timedelta(days=365)
_NOT_WITH_SESSION = ("phoneNumber", "extensionNumber", "dateFrom", "dateTo", "type", "direction", "transport")


@dataclass(frozen=True, slots=True)
class CallQuery:
    """One reading of the call log's parameters, defaults filled in."""

    start: datetime
    end: datetime
    view: str
    types: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    transports: tuple[str, ...] = ()
    phone: str | None = None
    extension: str | None = None
    session: str | None = None
    telephony_session: str | None = None
    recording: str | None = None
    with_recording: bool = False
    show_blocked: bool = True
    show_deleted: bool = False
    own_log: bool = True

    @property
    def detailed(self) -> bool:
        """Whether legs and `lastModifiedTime` are wanted."""
        return self.view == "Detailed"

    def matches(self, row: Row) -> bool:
        """Whether the log shows this row under these filters."""
        return self._visible(row) and self._kind_fits(row) and self._party_fits(row) and self._session_fits(row)

    def echo(self) -> list[tuple[str, str | int]]:
        """The effective query, defaults included, as the `uri` of the answer repeats it."""
        pairs: list[tuple[str, str | int]] = [("view", self.view)]
        if self.own_log:
            pairs.append(("showBlocked", _word(self.show_blocked)))
        pairs.append(
            ("recordingType", self.recording) if self.recording else ("withRecording", _word(self.with_recording))
        )
        pairs += [("type", value) for value in self.types]
        pairs += [("direction", value) for value in self.directions]
        pairs += [("transport", value) for value in self.transports]
        pairs += [(name, value) for name, value in self._single() if value]
        if self.show_deleted:
            pairs.append(("showDeleted", "true"))
        if not self.session:
            pairs += [("dateFrom", moment(self.start)), ("dateTo", moment(self.end))]
        return pairs

    def _single(self) -> tuple[tuple[str, str | None], ...]:
        return (
            ("phoneNumber", self.phone),
            ("extensionNumber", self.extension),
            ("sessionId", self.session),
            ("telephonySessionId", self.telephony_session),
        )

    def _visible(self, row: Row) -> bool:
        if not self.start <= row.start < self.end:
            return False
        if row.deleted and not self.show_deleted:
            return False
        return self.show_blocked or row.result != "Blocked"

    def _kind_fits(self, row: Row) -> bool:
        return (
            (not self.types or row.type in self.types)
            and (not self.directions or row.direction in self.directions)
            and (not self.transports or row.transport in self.transports)
            and self._recording_fits(row)
        )

    def _recording_fits(self, row: Row) -> bool:
        if self.recording:
            return row.recording_type is not None and self.recording in ("All", row.recording_type)
        return row.recording_type is not None if self.with_recording else True

    def _party_fits(self, row: Row) -> bool:
        if self.phone is not None and self.phone not in row.phone_digits:
            return False
        return self.extension is None or self.extension in row.extension_numbers

    def _session_fits(self, row: Row) -> bool:
        if self.session is not None and row.session_id != self.session:
            return False
        return self.telephony_session is None or row.telephony_session_id == self.telephony_session


def read_query(now: datetime, own_log: bool) -> CallQuery:
    """Read the parameters of the own log or of the company log, whose filters are fewer."""
    session = request.args.get("sessionId")
    if session is not None and any(name in request.args for name in _NOT_WITH_SESSION):
        raise unique_session_filter()
    phone, extension = params.digits("phoneNumber"), params.digits("extensionNumber")
    if phone is not None and extension is not None:
        raise invalid_parameter("extensionNumber", "cannot be combined with phoneNumber")
    start, end = (now - KEPT, now) if session else _window(now)
    return CallQuery(
        start=max(start, now - KEPT),
        end=end,
        view=params.choice("view", enums.VIEW, "Simple"),
        types=params.choices("type", enums.CALL_TYPE),
        directions=params.choices("direction", enums.DIRECTION),
        transports=params.choices("transport", enums.TRANSPORT) if own_log else (),
        phone=phone,
        extension=extension,
        session=session,
        telephony_session=request.args.get("telephonySessionId"),
        recording=params.choice("recordingType", enums.RECORDING_TYPE, "") if "recordingType" in request.args else None,
        with_recording=params.flag("withRecording", default=False),
        show_blocked=params.flag("showBlocked", default=True) if own_log else True,
        show_deleted=params.flag("showDeleted", default=False),
        own_log=own_log,
    )


def _window(now: datetime) -> tuple[datetime, datetime]:
    end = params.when("dateTo") or now
    start = params.when("dateFrom") or end - timedelta(hours=24)
    if start > end:
        raise invalid_parameter("dateFrom")
    return start, end


def _word(value: bool) -> str:
    return "true" if value else "false"
