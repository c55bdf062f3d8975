"""Plans the stops of a delivery van."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

import dacite
import requests


@dataclass
class Window:
    opens: str
    closes: str


@dataclass
class Stop:
    id: int
    address: str
    parcels: int
    window: Optional[Window]
    notes: list[str]


@dataclass
class Route:
    van: str
    start: str
    stops: list[Stop]


class Planner:
    def __init__(self, api):
        self.api, self.session = api, requests.Session()

    def fetch(self, path):
        answer = self.session.get(f"{self.api}{path}", timeout=10)
        if answer.status_code >= 400:
            raise RuntimeError(f"{path} failed")
        return answer.json()

    def legs(self):
        return {(leg["from"], leg["to"]): leg["minutes"] for leg in self.fetch("/matrix")["legs"]}

    def plan(self, route_id):
        route = dacite.from_dict(Route, self.fetch(f"/routes/{route_id}"))
        legs, clock, before = self.legs(), datetime.fromisoformat(route.start), 0
        for stop in route.stops:
            clock += timedelta(minutes=legs[before, stop.id])
            if stop.window:
                clock = max(clock, self.at(clock, stop.window.opens))
            yield clock, stop
            clock += timedelta(minutes=2 * stop.parcels)
            before = stop.id

    def at(self, day, text):
        hour, minute = text.split(":")
        return day.replace(hour=int(hour), minute=int(minute))


planner = Planner(os.environ["API"])
for when, stop in planner.plan(4):
    first, *_ = stop.notes or ["-"]
    print(when.strftime("%H:%M"), stop.address.split(",")[0], stop.parcels, first)
