"""Daily means of a building's sensors, with pandas."""

import os

import pandas as pd
import requests


def load(path):
    response = requests.get(os.environ["API"] + path, timeout=10)
    response.raise_for_status()
    return response.json()


def measurements():
    frame = pd.DataFrame(load("/measurements")["rows"])
    frame["at"] = pd.to_datetime(frame["at"], format="ISO8601", utc=True)
    frame["value"] = frame["value"].astype(float)
    return frame.dropna(subset=["value"])


def sensors():
    frame = pd.json_normalize(load("/sensors"))
    frame["offset"] = frame["calibration.offset"].fillna(0).astype(float)
    return frame.set_index("id")


def report(frame, limits):
    daily = frame.groupby(["room", frame["at"].dt.date])["value"].agg(["mean", "max", "count"])
    for (room, day), row in daily.iterrows():
        limit = limits[room]
        mark = "!" if row["max"] > limit["high"] else ""
        yield f"{room:10} {day:%d.%m.} {row['mean']:6.1f} {row['max'] / limit['high']:5.0%} {int(row['count'])} {mark}"


def main():
    known = sensors()
    frame = measurements().join(known[["room", "offset"]], on="sensor", validate="m:1")
    frame["value"] += frame["offset"]
    frame["room"] = frame["room"].str.lower()
    limits = {limit["room"]: limit for limit in load("/limits")}
    print("\n".join(report(frame, limits)))
    newest = known["installed"].map(lambda text: pd.Timestamp(text).year).max()
    print("newest", int(newest), "firmware", max(tuple(map(int, v.split("."))) for v in known["firmware"]))


main()
