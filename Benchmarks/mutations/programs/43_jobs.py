"""Works off render jobs: a Redis list of JSON, settings in hashes, sizes by HTTP."""

import json
import os

import httpx
import redis

client = redis.Redis.from_url(os.environ["REDIS"], decode_responses=True)
http = httpx.Client(base_url=os.environ["API"])


def preset(name):
    settings = client.hgetall(f"preset:{name}")
    width, height = settings["size"].split("x")
    return {"width": int(width), "height": int(height), "quality": float(settings["quality"]) / 100, "format": settings.get("format") or "png"}


def source(key):
    info = http.get(f"/assets/{key}").json()["asset"]
    frames = [f for f in info["frames"] if not f.get("hidden")]
    return info, frames


def cost(frames, chosen):
    return sum(f["pixels"] for f in frames) / 1e6 * chosen["quality"]


def work(text):
    job = json.loads(text)
    chosen = preset(job["preset"])
    info, frames = source(job["asset"])
    owner = info["owner"]["name"].split(" ")[0]
    scale = chosen["width"] / info["size"][0]
    first = frames[0]["file"].rsplit(".", 1)[1]
    deadline = job["meta"].get("deadline") or "-"
    print(owner, chosen["format"].upper(), f"{scale:.2f} {cost(frames, chosen):.3f}", first, deadline[:10], "/".join(job["meta"]["tags"]))


def main():
    quota = int(client.get("quota"))
    for text in client.lrange("jobs", 0, quota - 1):
        work(text)


main()
