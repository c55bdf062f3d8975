"""The latest episodes of a podcast, from its feed, with play counts."""

import json
import os
import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime
from urllib.request import Request, urlopen

ITUNES = "length"


def fetch(path):
    request = Request(os.environ["API"] + path, headers={"User-Agent": "podlist/1.2"})
    with urlopen(request, timeout=10) as answer:
        return answer.read()


class Episode:
    def __init__(self, item):
        self.title = item.find("title").text or "(untitled)"
        self.date = parsedate_to_datetime(item.findtext("pubDate"))
        enclosure = item.find("enclosure")
        self.megabytes = int(enclosure.get("length")) / 1e6 if enclosure is not None else 0
        self.id = item.findtext("guid").rsplit("/", 1)[1]
        self.minutes = self.duration(item.findtext("duration"))

    @staticmethod
    def duration(text):
        seconds = 0
        for part in (text or "0").split(":"):
            seconds = seconds * 60 + int(part)
        return seconds // 60


def plays():
    answer = json.loads(fetch("/plays"))
    return {entry["episode"]: sum(day["count"] for day in entry["days"]) for entry in answer["entries"]}


channel = ET.fromstring(fetch("/feed.xml")).find("channel")
counts = plays()
print(channel.find("title").text.strip(), channel.findtext("language")[:2].upper())
for episode in sorted(map(Episode, channel.iter("item")), key=lambda e: e.date):
    count = counts[episode.id]
    rate = count / episode.minutes if episode.minutes else 0
    print(f"{episode.date:%Y-%m-%d} {episode.title:24.24} {episode.megabytes:6.1f} MB {episode.minutes:3} min {count:6} {rate:7.1f}")
