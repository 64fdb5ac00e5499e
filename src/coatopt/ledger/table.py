"""The tables. Every row carries its campaign and the event that wrote it; no row is ever changed."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()


def _campaign() -> Column[str]:
    return Column("campaign", String, primary_key=True)


def _event() -> Column[int]:
    return Column("event", Integer, ForeignKey("event.id"), nullable=False)


def _of_sample() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["campaign", "sample"], ["sample.campaign", "sample.id"])


def _of_cell() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["campaign", "cell"], ["cell.campaign", "cell.id"])


event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", String, nullable=False),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("fingerprint", String),
    UniqueConstraint("campaign", "fingerprint"),
)
run = Table(
    "run",
    metadata,
    _campaign(),
    Column("id", String, primary_key=True),
    Column("stage", String, nullable=False),
    Column("week", String),
    Column("settings", JSON, nullable=False),
    _event(),
)
sample = Table(
    "sample",
    metadata,
    _campaign(),
    Column("id", String, primary_key=True),
    Column("origin", String, nullable=False),
    Column("week", String),
    Column("settings", JSON, nullable=False),
    Column("runs", JSON, nullable=False),
    Column("reference", String),
    _event(),
    CheckConstraint("origin IN ('planned', 'historical')"),
)
cell = Table(
    "cell",
    metadata,
    _campaign(),
    Column("id", String, primary_key=True),
    Column("sample", String, nullable=False),
    _event(),
    _of_sample(),
)
measurement = Table(
    "measurement",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", String, nullable=False),
    Column("metric", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("sample", String, nullable=False),
    Column("cell", String),
    Column("repeat", Integer, nullable=False),
    Column("value", Float),
    Column("sd", Float),
    Column("low", Float),
    Column("high", Float),
    Column("source", String, nullable=False),
    Column("note", String, nullable=False),
    Column("measured_on", String),
    Column("by", String, nullable=False),
    Column("supersedes", Integer, ForeignKey("measurement.id"), unique=True),
    Column("correction", String),
    _event(),
    _of_sample(),
    _of_cell(),
    CheckConstraint("(value IS NOT NULL) <> (low IS NOT NULL OR high IS NOT NULL)"),
    CheckConstraint("(supersedes IS NULL) = (correction IS NULL)"),
)
mark = Table(
    "mark",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("sample", String, nullable=False),
    Column("cell", String),
    Column("reason", String, nullable=False),
    _event(),
    _of_sample(),
    _of_cell(),
    CheckConstraint("kind IN ('failed', 'withdrawn', 'restored')"),
)
plan = Table(
    "plan",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", String, nullable=False),
    Column("week", String, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("inputs", String, nullable=False),
    Column("content", JSON, nullable=False),
    _event(),
)
ALL = (event, run, sample, cell, measurement, mark, plan)
