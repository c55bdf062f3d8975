"""Renders a newsletter from three answers, with Jinja."""

import os
from datetime import datetime

import httpx
from jinja2 import DictLoader, Environment, StrictUndefined

TEMPLATES = {
    "base": "{{ site.name | upper }}\n{% block body %}{% endblock %}\n-- {{ site.contact.mail }}",
    "letter": """{% extends "base" %}{% block body %}
{%- for article in articles | sort(attribute="rank") %}
* {{ article.title | trim }} ({{ article.published | day }}, {{ article.minutes }} min)
  by {{ article.authors | map(attribute="name") | join(", ") or "staff" }}
  {%- if article.teaser %} - {{ article.teaser | truncate(20) }}{% endif %}
{%- endfor %}
{% for event in events if event.seats - event.taken > 0 %}
{{ event.at[:10] }} {{ event.title }}: {{ event.seats - event.taken }} of {{ event.seats }}, {{ "%.2f" | format(event.price / 100) }}
{%- else %}
no events
{%- endfor %}{% endblock %}""",
}


def day(text):
    return datetime.fromisoformat(text).strftime("%d %b")


class Source:
    def __init__(self, base):
        self.client = httpx.Client(base_url=base, timeout=10)

    def __call__(self, path, key=None):
        body = self.client.get(path).raise_for_status().json()
        return body[key] if key else body


def render(source):
    environment = Environment(loader=DictLoader(TEMPLATES), undefined=StrictUndefined)
    environment.filters["day"] = day
    site = source("/site")
    articles = source("/articles?limit=4", "articles")
    events = source("/events", "data")
    return environment.get_template("letter").render(site=site, articles=articles, events=events)


print(render(Source(os.environ["API"])))
