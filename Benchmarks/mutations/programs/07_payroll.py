"""Pay slips of a month."""

import os
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Grade(Base):
    __tablename__ = "grade"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    hourly: Mapped[float]


class Employee(Base):
    __tablename__ = "employee"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    joined: Mapped[str]
    iban: Mapped[str | None]
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"))
    grade: Mapped[Grade] = relationship()
    shifts: Mapped[list["Shift"]] = relationship(order_by="Shift.id")


class Shift(Base):
    __tablename__ = "shift"
    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    hours: Mapped[float]
    kind: Mapped[str]


BONUS = {"day": Decimal("1"), "night": Decimal("1.25"), "sunday": Decimal("1.5")}


def wage(employee):
    hourly = Decimal(str(employee.grade.hourly))
    return sum((Decimal(shift.hours) * hourly * BONUS[shift.kind] for shift in employee.shifts), Decimal(0))


def years(employee, today=date(2026, 3, 31)):
    return (today - datetime.strptime(employee.joined, "%d.%m.%Y").date()).days // 365


with Session(create_engine("sqlite:///" + os.environ["DB"])) as session:
    for employee in session.scalars(select(Employee).order_by(Employee.name)):
        first, last = employee.name.rsplit(" ", 1)
        account = employee.iban[-4:] if employee.iban else "cash"
        print(f"{last}, {first[0]}. {employee.grade.label.title():10} {years(employee):2} y {wage(employee):9.2f} {account}")
