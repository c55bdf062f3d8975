"""Fuel report: typed by pydantic and dataclasses, CSV-like text by HTTP, a table of cars in SQLite."""

import os
import statistics
import sys
from enum import Enum

import requests
from pydantic import BaseModel
from sqlalchemy import create_engine, text


class Fuel(str, Enum):
    diesel = "diesel"
    petrol = "petrol"
    electric = "electric"


class Filling(BaseModel):
    car: int
    litres: float
    km: int
    fuel: Fuel
    station: dict | None = None


class Page(BaseModel):
    fillings: list[Filling]
    more: str | None = None


def pages(path):
    while path:
        page = Page.model_validate(requests.get(os.environ["API"] + path, timeout=10).json())
        yield from page.fillings
        path = page.more


def cars():
    with create_engine("sqlite:///" + os.environ["DB"]).connect() as db:
        return {row.id: row for row in db.execute(text("SELECT id, plate, driver, tank, bought FROM car"))}


def goals():
    answer = requests.get(os.environ["API"] + "/goals", timeout=10).json()
    return {goal["fuel"]: goal["per100"] for goal in answer["goals"]}, answer["factors"]


def main(year):
    fleet, (target, factors) = cars(), goals()
    used = {}
    for filling in pages("/fillings?page=1"):
        used.setdefault(filling.car, []).append(filling)
    for number, fillings in used.items():
        car = fleet[number]
        per100 = [f.litres / f.km * 100 for f in fillings]
        mean = statistics.mean(per100)
        carbon = sum(f.litres * factors[f.fuel.value] for f in fillings)
        letters, digits = car.plate.split("-")
        age = int(year) - int(car.bought[:4])
        full = max(f.litres for f in fillings) / car.tank
        brand = (fillings[0].station or {}).get("brand", "?")
        print(f"{letters:3}{digits:>5} {(car.driver or 'pool')[:8]:8} {mean:5.1f} {mean - target[fillings[0].fuel.value]:+.1f} {carbon:6.1f} {age} {full:.0%} {brand}")


main(*sys.argv[1:])
