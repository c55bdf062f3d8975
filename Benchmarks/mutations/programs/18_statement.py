"""An account's statement: money as decimals, structured by cattrs."""

import os
from datetime import datetime
from decimal import Decimal

import cattrs
import requests
from attrs import define, field
from dateutil import parser, relativedelta


@define
class Party:
    name: str
    iban: str | None = None


@define
class Booking:
    id: int
    amount: Decimal
    booked: datetime
    party: Party | None
    tags: list[str] = field(factory=list)


converter = cattrs.Converter()
converter.register_structure_hook(Decimal, lambda value, _: Decimal(str(value)))
converter.register_structure_hook(datetime, lambda value, _: parser.isoparse(value))


class Bank:
    def __init__(self, base):
        self.base = base

    def ask(self, path):
        answer = requests.get(self.base + path, headers={"Accept": "application/json"}, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def bookings(self, account):
        for page in range(1, 3):
            yield from converter.structure(self.ask(f"/accounts/{account}/bookings?page={page}")["bookings"], list[Booking])


def fee(plan, months):
    tier = next(t for t in plan["tiers"] if t["months"] is None or months < t["months"])
    return Decimal(tier["fee"]).quantize(Decimal("0.01"))


def main(account="71"):
    bank = Bank(os.environ["API"])
    info = bank.ask(f"/accounts/{account}")
    balance = Decimal(info["opening"]["amount"])
    since = relativedelta.relativedelta(datetime(2026, 3, 31), parser.parse(info["since"], dayfirst=True))
    for booking in sorted(bank.bookings(account), key=lambda b: (b.booked, b.id)):
        balance += booking.amount
        who = booking.party.name.upper() if booking.party else "cash"
        print(f"{booking.booked:%d.%m.} {who:16.16} {booking.amount:10.2f} {balance:10.2f} {' '.join(booking.tags)}")
    print("fee", fee(bank.ask("/plans/" + info["plan"].lower()), since.years * 12 + since.months))


main()
