"""Checks lab results against reference ranges: attrs, marshmallow, requests."""

import os
from datetime import datetime, timezone

import attr
import requests
from marshmallow import EXCLUDE, Schema, ValidationError, fields


@attr.s(auto_attribs=True, frozen=True)
class Range:
    low: float = attr.ib(converter=float)
    high: float = attr.ib(converter=float)
    unit: str = attr.ib(validator=attr.validators.instance_of(str))

    def place(self, value):
        return (value - self.low) / (self.high - self.low)


class ResultSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    analyte = fields.Str(required=True)
    value = fields.Float(required=True, allow_none=True)
    taken = fields.AwareDateTime(format="iso", default_timezone=timezone.utc)
    flags = fields.List(fields.Str(), load_default=list)


class SampleSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    barcode = fields.Str(required=True)
    results = fields.Nested(ResultSchema, many=True, required=True)


class Lab:
    def __init__(self, base):
        self.base, self.session = base, requests.Session()

    def json(self, path):
        answer = self.session.get(self.base + path, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def ranges(self):
        return {name: Range(**values) for name, values in self.json("/ranges").items()}

    def samples(self):
        try:
            return SampleSchema(many=True).load(self.json("/samples")["samples"])
        except ValidationError as problem:
            raise RuntimeError("samples cannot be read") from problem


def main():
    lab = Lab(os.environ["API"])
    ranges, doctor = lab.ranges(), lab.json("/doctor")
    for sample in lab.samples():
        prefix, number = sample["barcode"].split("-")
        for result in sorted(sample["results"], key=lambda r: r["taken"]):
            wanted = ranges[result["analyte"]]
            text = "-" if result["value"] is None else f"{result['value']:.1f} {wanted.unit} ({wanted.place(result['value']):+.0%})"
            print(f"{prefix.lower()} {int(number):06} {result['analyte']:4} {text} {datetime.strftime(result['taken'], '%H:%M')} {' '.join(result['flags'])}")
    print("cc", ", ".join(d["name"]["last"].upper() for d in doctor["deputies"]) or doctor["name"]["last"].title())


main()
