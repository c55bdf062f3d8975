"""Fuel of a fleet: PostgreSQL through SQLAlchemy, prices over HTTP."""

import os
from dataclasses import dataclass
from datetime import date

import requests
from sqlalchemy import Column, Date, Float, Integer, MetaData, Table, Text, create_engine, select

metadata = MetaData()
vehicles = Table(
    "vehicle", metadata, Column("id", Integer, primary_key=True), Column("plate", Text), Column("fuel", Text),
    Column("consumption", Float), Column("inspected", Date), Column("mileage", Text))
trips = Table(
    "trip", metadata, Column("id", Integer, primary_key=True), Column("vehicle_id", Integer), Column("driver", Text),
    Column("km", Float), Column("stops", Text))


@dataclass
class Usage:
    km: float = 0
    drivers: tuple = ()

    def add(self, trip):
        initials = "".join(word[0] for word in trip.driver.split(" "))
        self.km += trip.km
        self.drivers += (initials,)
        return len([stop for stop in trip.stops.split(">") if stop])


def usage(connection, vehicle):
    result, stops = Usage(), 0
    for trip in connection.execute(select(trips).where(trips.c.vehicle_id == vehicle.id).order_by(trips.c.id)):
        stops += result.add(trip)
    return result, stops


def fuel_prices():
    body = requests.get(os.environ["API"] + "/fuel", timeout=10).json()
    return {f["kind"]: f["history"][-1]["cents"] / 100 for f in body["fuels"]}


def main():
    prices = fuel_prices()
    with create_engine(os.environ["POSTGRES"].replace("postgresql:", "postgresql+psycopg2:")).connect() as connection:
        for vehicle in connection.execute(select(vehicles).order_by(vehicles.c.plate)).all():
            used, stops = usage(connection, vehicle)
            litres = used.km * vehicle.consumption / 100
            due = (date(2028, 1, 1) - vehicle.inspected).days
            city, _, number = vehicle.plate.partition("-")
            per_stop = f"{used.km / stops:.1f}" if stops else "-"
            mileage = sum(int(part) for part in vehicle.mileage.split("+"))
            print(f"{city:3} {number:8} {litres * prices[vehicle.fuel]:8.2f} {per_stop:>6} {due:5} {mileage:7} {','.join(used.drivers)}")


main()
