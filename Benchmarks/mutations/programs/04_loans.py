"""Reminders of a library."""

import os
from datetime import date

import requests
from marshmallow import EXCLUDE, Schema, fields, post_load, validate


class Member:
    def __init__(self, id, name, email, kind):
        self.id, self.name, self.email, self.kind = id, name, email, kind


class MemberSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    email = fields.Email(allow_none=True, load_default=None)
    kind = fields.String(validate=validate.OneOf(["adult", "child", "staff"]))

    @post_load
    def make(self, data, **_):
        return Member(**data)


class LoanSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    title = fields.String(required=True)
    due = fields.Date(required=True)
    renewed = fields.Integer(allow_none=True)
    member_id = fields.Integer(data_key="member", required=True)


def load(schema, path, key=None):
    body = requests.get(os.environ["API"] + path, timeout=10).json()
    return schema(many=True).load(body[key] if key else body)


def fee(loan, fees, today=date(2026, 3, 15)):
    weeks = max((today - loan["due"]).days, 0) // 7
    return fees[min(weeks, len(fees) - 1)]["cents"] / 100


def main():
    members = {member.id: member for member in load(MemberSchema, "/members", "data")}
    fees = requests.get(os.environ["API"] + "/fees", timeout=10).json()["weeks"]
    for loan in sorted(load(LoanSchema, "/loans"), key=lambda l: l["due"]):
        member = members[loan["member_id"]]
        greeting = {"adult": "Dear", "child": "Hi", "staff": "Hello"}[member.kind]
        times = loan["renewed"] or 0
        print(f"{greeting} {member.name.split()[0]}: {loan['title']:.30} ({times}x) {fee(loan, fees):.2f} -> {member.email or 'letter'}")


main()
