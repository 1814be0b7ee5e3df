"""``/telephony/``: linked accounts and their calls."""

from __future__ import annotations

from django.urls import path

from telephony.views import (
    account,
    call,
    calls,
    care,
    dashboard,
    extensions,
    history,
    link,
    missed,
    phone_book,
    playback,
    saved_views,
    statistics,
)

app_name = "telephony"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("link/", link.link, name="link"),
    path("link/<slug:provider>/token/", link.link_token, name="link_token"),
    path("accounts/<int:pk>/", account.account, name="account"),
    path("accounts/<int:pk>/facts/", account.facts, name="facts"),
    path("accounts/<int:pk>/balance/", account.balance, name="balance"),
    path("accounts/<int:pk>/capabilities/", account.capabilities, name="capabilities"),
    path("accounts/<int:pk>/refresh/", care.refresh, name="refresh"),
    path("accounts/<int:pk>/unlink/", care.unlink_account, name="unlink"),
    path("accounts/<int:pk>/extensions/", extensions.extensions, name="extensions"),
    path("accounts/<int:pk>/extensions/live/", extensions.live, name="extensions_live"),
    path("accounts/<int:pk>/extensions/summary/", account.extension_summary, name="extension_summary"),
    path("accounts/<int:pk>/calls/", calls.account_calls, name="account_calls"),
    path("accounts/<int:pk>/calls/list/", calls.account_call_list, name="account_call_list"),
    path("accounts/<int:pk>/calls/read/", calls.read, name="read_calls"),
    path("accounts/<int:pk>/history/", history.history, name="history"),
    path("accounts/<int:pk>/history/logs/", history.history_logs, name="history_logs"),
    path("accounts/<int:pk>/history/gaps/<int:gap>/fill/", history.fill, name="fill_gap"),
    path("calls/", calls.calls, name="calls"),
    path("calls/list/", calls.call_list, name="call_list"),
    path("calls/<int:pk>/", call.call, name="call"),
    path("statistics/", statistics.all_statistics, name="statistics"),
    path("statistics/numbers/", statistics.numbers, name="statistics_numbers"),
    path("accounts/<int:pk>/statistics/", statistics.account_statistics, name="account_statistics"),
    path("accounts/<int:pk>/statistics/numbers/", statistics.account_numbers, name="account_statistics_numbers"),
    path("calls/<int:pk>/recording/", playback.play, {"kind": "recording"}, name="recording"),
    path("calls/<int:pk>/voicemail/", playback.play, {"kind": "voicemail"}, name="voicemail"),
    path("calls/missed/", missed.missed, name="missed"),
    path("calls/missed/<int:pk>/", missed.settle, name="settle_missed"),
    path("calls/views/", saved_views.views, name="saved_views"),
    path("calls/views/save/", saved_views.save, name="save_view"),
    path("calls/views/<int:pk>/", saved_views.change, name="change_view"),
    path("calls/shared/<str:key>/", saved_views.shared, name="shared_view"),
    path("phone-book/", phone_book.phone_book, name="phone_book"),
    path("phone-book/import/", phone_book.import_file, name="import_phone_book"),
    path("phone-book/clear/", phone_book.clear, name="clear_phone_book"),
    path("phone-book/<int:pk>/delete/", phone_book.delete, name="delete_entry"),
]
