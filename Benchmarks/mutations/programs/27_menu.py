"""This week's canteen menu as a page: validated by pydantic, rendered by Jinja."""

import os
from datetime import date
from enum import Enum
from functools import cached_property

import httpx
from jinja2 import Environment
from pydantic import BaseModel, field_validator

PAGE = """{{ canteen.title | title }}
{% for day in days %}{{ day.on.strftime("%a") }}:{% for dish in day.dishes %}
  {{ dish.name }} {{ "%.2f" | format(dish.price(guest)) }} {{ dish.labels | join("") }} {{ (dish.energy / dish.grams * 100) | round | int if dish.grams else "" }}
{%- endfor %}
{% endfor %}{{ notes.texts[0].de | upper }} ({{ notes.texts | length }})"""


class Label(str, Enum):
    vegan = "V"
    fish = "F"
    none = ""


class Dish(BaseModel):
    name: str
    prices: dict[str, float]
    labels: list[Label] = []
    energy: int = 0
    grams: int | None = None

    def price(self, guest):
        return self.prices[guest]


class Day(BaseModel):
    on: date
    dishes: list[Dish]

    @field_validator("dishes")
    @classmethod
    def cheapest_first(cls, dishes):
        return sorted(dishes, key=lambda d: min(d.prices.values()))


class Canteen:
    def __init__(self, base, number):
        self.client, self.number = httpx.Client(base_url=base), number

    def get(self, path):
        return self.client.get(f"/canteens/{self.number}{path}").raise_for_status().json()

    @cached_property
    def data(self):
        return self.get("")

    def days(self):
        return [Day(**day) for day in self.get("/week")["days"] if day["open"]]


canteen = Canteen(os.environ["API"], 5)
guest = canteen.data["groups"][0]["key"]
print(Environment().from_string(PAGE).render(canteen=canteen.data, days=canteen.days(), guest=guest, notes=canteen.get("/notes")))
