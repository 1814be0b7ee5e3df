"""How complete an account's stored calls are, and what the sync did."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from telephony import selectors
from telephony.core.types import LogScope
from telephony.models import LinkedAccount, SyncGap, SyncRun, SyncState
from telephony.services.coverage import Day, Progress, Stretch, coverage, progress, stretches
from telephony.services.sync import ensure_states, fill_gap
from telephony.services.sync_remarks import told
from telephony.views.account import own_account
from telephony.views.banners import banner_of
from telephony.views.deeds import deed
from telephony.views.fragments import fragment
from telephony.views.overviews import overview_of
from telephony.views.troubles import Trouble, trouble_of_log

RUNS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class RunLine:
    """One pass, and in words what was odd about it."""

    run: SyncRun
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class LogHistory:
    """One call log of the page: the bar and the same in words, the gaps, and the last passes."""

    scope: LogScope
    state: SyncState
    progress: Progress
    days: list[Day]
    stretches: list[Stretch]
    gaps: list[SyncGap]
    runs: list[RunLine]
    trouble: Trouble | None

    @property
    def percent(self) -> int:
        """How much of the wanted time is here, in whole percent."""
        return round(self.progress.share * 100)

    @property
    def running(self) -> bool:
        """Whether a worker reads this log right now."""
        return bool(self.state.lease_until and self.state.lease_until > timezone.now())


@login_required
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; its logs are drawn again every few seconds while a first fetch is under way."""
    account = own_account(request, pk)
    overview = overview_of(account)
    context = {"account": account, "overview": overview, "banner": banner_of(overview), "logs": _logs(account)}
    return render(request, "telephony/history.html", context)


@fragment("telephony:history")
def history_logs(request: HttpRequest, pk: int) -> HttpResponse:
    """Only the logs."""
    account = own_account(request, pk)
    return render(request, "telephony/parts/history_logs.html", {"account": account, "logs": _logs(account)})


@deed("telephony:history", "pk")
def fill(request: HttpRequest, pk: int, gap: int) -> HttpResponse:
    """Ask for one gap to be fetched again."""
    account = own_account(request, pk)
    fill_gap(get_object_or_404(SyncGap, pk=gap, state__account=account))
    messages.success(request, _("This stretch will be fetched again within a minute."))
    return redirect("telephony:history", pk=account.pk)


def _logs(account: LinkedAccount) -> list[LogHistory]:
    ensure_states(account)
    return [_log(account, state) for state in selectors.sync_states(account)]


def _log(account: LinkedAccount, state: SyncState) -> LogHistory:
    gaps = list(state.gaps.all())
    days = coverage(state, gaps, timezone.get_current_timezone())
    runs = [RunLine(run, list(told(run.remarks, account.provider_name))) for run in state.runs.all()[:RUNS_SHOWN]]
    trouble = trouble_of_log(account, state)
    return LogHistory(LogScope(state.scope), state, progress(state), days, stretches(days), gaps, runs, trouble)
