"""Closed vocabularies of RingCentral's query parameters."""

from __future__ import annotations

EXTENSION_STATUS = ("Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned")
EXTENSION_TYPE = (
    "User", "Department", "Announcement", "Voicemail", "DigitalUser", "VirtualUser", "FaxUser", "PagingOnly",
    "SharedLinesGroup", "DelegatedLinesGroup", "GroupCallPickup", "IvrMenu", "ApplicationExtension", "ProxyAdmin",
    "RoomConnector", "ParkLocation", "Limited", "Bot", "Site", "Room", "FlexibleUser", "TieLine", "Unknown",
)  # fmt: skip
CALL_TYPE = ("Voice", "Fax")
DIRECTION = ("Inbound", "Outbound")
TRANSPORT = ("PSTN", "VoIP")
VIEW = ("Simple", "Detailed")
RECORDING_TYPE = ("Automatic", "OnDemand", "All")
BOOLEAN = ("true", "false")
SYNC_TYPE = ("FSync", "ISync")
STATUS_GROUP = ("Missed", "All")
MESSAGE_TYPE = ("Fax", "SMS", "VoiceMail", "Pager")
AVAILABILITY = ("Alive", "Deleted", "Purged")
READ_STATUS = ("Read", "Unread")
DEVICE_TYPE = ("HardPhone", "SoftPhone", "OtherPhone", "MobileDevice", "BLA", "Paging", "WebPhone", "WebRTC", "Room")
