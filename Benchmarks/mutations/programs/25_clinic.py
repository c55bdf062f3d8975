"""Appointments of a day with what they cost: PostgreSQL by psycopg2."""

import os
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import psycopg2
from psycopg2.extras import NamedTupleCursor, RealDictCursor


class Clinic:
    def __init__(self, url):
        self.db = psycopg2.connect(url)

    def appointments(self, day):
        with self.db.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(
                "SELECT a.id, a.begins, a.minutes, a.codes, a.doctor_id, a.extra, p.name, p.insurance, p.born FROM appointment a"
                " LEFT JOIN patient p ON p.id = a.patient_id WHERE a.begins::date = %s ORDER BY a.begins", (day,))
            return cursor.fetchall()

    def doctor(self, number):
        with self.db.cursor(cursor_factory=NamedTupleCursor) as cursor:
            cursor.execute("SELECT name, room, rate FROM doctor WHERE id = %s", (number,))
            return cursor.fetchone()

    def tariffs(self):
        with self.db.cursor() as cursor:
            cursor.execute("SELECT code, points, cents FROM tariff")
            return {code: (points, cents) for code, points, cents in cursor}


def price(appointment, tariffs, rate):
    cents = sum(points * tariffs[code][1] for code in appointment["codes"].split() for points in [tariffs[code][0]])
    return Decimal(cents) / 100 * rate + (appointment["extra"] or {}).get("fee", 0)


def ends(appointment):
    return appointment["begins"] + timedelta(minutes=appointment["minutes"])


def main():
    clinic = Clinic(os.environ["POSTGRES"])
    tariffs, load = clinic.tariffs(), Counter()
    for appointment in clinic.appointments("2026-03-02"):
        doctor = clinic.doctor(appointment["doctor_id"])
        load[doctor.name] += appointment["minutes"]
        family, _, given = appointment["name"].partition(",")
        age = (datetime(2026, 3, 2).date() - appointment["born"]).days // 365
        floor = int(doctor.room.split(".")[0])
        insurance = (appointment["insurance"] or "private")[:7]
        print(f"{appointment['begins']:%H:%M}-{ends(appointment):%H:%M} {given.strip() or family:8} {age:3} {insurance:8} {floor} {price(appointment, tariffs, doctor.rate):8.2f}")
    print({name.split()[-1]: f"{minutes / sum(load.values()):.0%}" for name, minutes in load.items()})


main()
