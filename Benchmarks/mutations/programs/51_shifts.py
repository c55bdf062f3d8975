"""Plans the shifts of a week: SQLAlchemy's ORM on SQLite, holidays by HTTP."""

import os
from datetime import date, datetime, timedelta

import requests
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    colour: Mapped[str | None]
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    lead: Mapped["Worker | None"] = relationship(foreign_keys=[lead_id])


class Worker(Base):
    __tablename__ = "worker"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    mail: Mapped[str | None]
    hours: Mapped[float]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    team: Mapped[Team] = relationship(foreign_keys=[team_id])


class Shift(Base):
    __tablename__ = "shift"
    id: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    begins: Mapped[str]
    length: Mapped[int]
    role: Mapped[str]
    worker: Mapped[Worker] = relationship()


RATES = {"counter": 1.0, "kitchen": 1.2, "night": 1.5}


def holidays():
    answer = requests.get(os.environ["API"] + "/holidays/2026", timeout=10)
    return {date.fromisoformat(h["date"]): h["names"]["en"] for h in answer.json()["holidays"] if not h["regional"]}


def line(shift, free):
    begins = datetime.strptime(shift.begins, "%Y-%m-%d %H:%M")
    ends = begins + timedelta(minutes=shift.length)
    pay = RATES[shift.role] * shift.length / 60 * (2 if begins.date() in free else 1)
    boss = shift.worker.team.lead.name.split(" ")[0]
    contact = (shift.worker.mail or "-").partition("@")[0]
    load = shift.length / 60 / shift.worker.hours
    return f"{begins:%a %H:%M}-{ends:%H:%M} {shift.worker.name.strip():12.12} {shift.worker.team.name.upper():6} {boss:6} {contact:6} {pay:6.1f} {load:.0%}"


def main():
    free = holidays()
    engine = create_engine("sqlite:///" + os.environ["DB"])
    with Session(engine) as session:
        for shift in session.scalars(select(Shift).order_by(Shift.begins)):
            print(line(shift, free))


main()
