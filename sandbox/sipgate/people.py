"""Who can sign in at sipgate, and which ids people and their extensions have there."""

from __future__ import annotations

from sandbox.company import Company
from sandbox.model import Person
from sandbox.policy import Persona

CLASSIC, NEO = "3000001", "3000002"
_SIGN_INS = (
    ("admin", CLASSIC, 0),
    ("user", CLASSIC, 1),
    ("user2", CLASSIC, 2),
    ("neo-admin", NEO, 0),
    ("neo-user", NEO, 1),
)
_REALM_ID = "5a1d0c0e-0000-4000-8000-51b9a7e00001"


def personas(company: Company) -> tuple[Persona, ...]:
    """An administrator and two plain users of a classic account, and two people of a neo account."""
    return tuple(_persona(company.persons[index], key, account) for key, account, index in _SIGN_INS)


def _persona(person: Person, key: str, account: str) -> Persona:
    return Persona(
        key=key,
        name=person.name,
        email=person.email,
        role="admin" if person.index == 0 else "user",
        edition="sipgate neo" if account == NEO else "sipgate classic",
        subject=f"f:{_REALM_ID}:{account}{person.index:02d}",
        person=person.index,
        extra={"account": account, "user": f"w{person.index}"},
    )


def is_admin(person: Person) -> bool:
    """Person 0 is the only administrator at sipgate, as the sign-in page says."""
    return person.index == 0


def device_id(person: Person) -> str:
    """The desk phone's id."""
    return f"e{person.index}"


def line_id(person: Person) -> str:
    """The phone line's id."""
    return f"p{person.index}"
