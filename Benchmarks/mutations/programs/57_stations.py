"""Rain by station: pandas over JSON from three endpoints."""

import os
import sys

import httpx
import pandas as pd

client = httpx.Client(base_url=os.environ["API"], timeout=10)


def frame(path, key, **params):
    answer = client.get(path, params=params)
    answer.raise_for_status()
    return pd.DataFrame(answer.json()[key])


def stations():
    table = frame("/stations", "stations").set_index("id")
    table["height"] = pd.to_numeric(table["height"])
    table["region"] = table["place"].map(lambda p: p["region"].upper())
    return table


def readings(year):
    table = frame("/readings", "values", year=year)
    table["day"] = pd.to_datetime(table["day"], format="%Y-%m-%d")
    table["rain"] = table["rain"].astype(float)
    return table.dropna(subset=["rain"])


def normal():
    answer = client.get("/normal").json()
    return {entry["region"].upper(): sum(entry["months"][:3]) / 3 for entry in answer["normal"]}


def main(year, unit):
    factor = {"mm": 1, "inch": 1 / 25.4}[unit]
    where, rain, usual = stations(), readings(int(year)), normal()
    months = rain.groupby(["station", rain["day"].dt.month])["rain"].sum() * factor
    for (station, month), value in months.items():
        row = where.loc[station]
        print(f"{row['name'].strip():10} {row['height']:6.0f} {month:2} {value:7.1f} {value / (usual[row['region']] * factor):.0%}")


main(*sys.argv[1:])
