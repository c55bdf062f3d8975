"""The coldest and windiest stations of a network."""

import os
from collections import defaultdict
from datetime import datetime

import httpx
from pydantic import BaseModel, Field


class Reading(BaseModel):
    at: datetime
    celsius: float | None = None
    wind: float = Field(ge=0)


class Station(BaseModel):
    id: str
    name: str
    altitude: int
    readings: list[Reading]
    comment: str | None = None


class Network:
    def __init__(self, client):
        self.client = client

    def _get(self, path):
        response = self.client.get(path)
        response.raise_for_status()
        return response.json()

    def stations(self):
        for row in self._get("/stations")["items"]:
            yield Station.model_validate(row | {"readings": self._get(f"/stations/{row['id']}/readings")})

    def regions(self):
        found = defaultdict(list)
        for region in self._get("/regions"):
            for station in region["stations"]:
                found[station].append(region["label"].capitalize())
        return found


def coldest(station):
    return min(r.celsius + station.altitude / 1000 for r in station.readings if r.celsius is not None)


def main():
    with httpx.Client(base_url=os.environ["API"], timeout=10) as client:
        network = Network(client)
        regions = network.regions()
        for station in network.stations():
            wind = max(station.readings, key=lambda r: r.wind)
            print(f"{station.name[:12]:12} {coldest(station):6.1f} {wind.wind:5.1f} {wind.at:%d.%m. %H:%M} {regions[station.id][0]}")


main()
