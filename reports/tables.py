"""The reports' tables. Times are UTC without zone."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from store.database import metadata

reports = Table(
    "reports",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(400), nullable=False, unique=True),
    Column("code", String(16), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("category", String(40), nullable=False),
    Column("description", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("area", String(80)),
    Column("area_name", String(120)),
    Column("lat", Float),
    Column("lon", Float),
    Column("unit", String(160), nullable=False),
    Column("unit_name", String(200), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("sender", String(200), index=True),
    Column("phone", String(20)),
    Column("urgency", String(16), nullable=False),
    Column("received_at", DateTime, nullable=False),
    Column("accept_by", DateTime, nullable=False),
    Column("due_at", DateTime, nullable=False),
    Column("closed_at", DateTime),
    Column("updated_at", DateTime, nullable=False),
    Column("rating", SmallInteger),
    Column("rating_words", Text),
    Column("released", Boolean, nullable=False, default=False),
    Column("merged_into", String(16)),
    Column("answer", Text),
    Column("voices", Integer, nullable=False, default=1),
    Index("ix_reports_inbox", "unit", "status", "due_at"),
    Index("ix_reports_open", "status", "due_at"),
    Index("ix_reports_received", "received_at"),
    Index("ix_reports_same", "category", "area", "received_at"),
    Index("ix_reports_public", "released", "received_at"),
    sqlite_autoincrement=True,
)

report_events = Table(
    "report_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("report", Integer, ForeignKey("reports.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("by", String(80), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("details", Text, nullable=False, default="{}"),
    sqlite_autoincrement=True,
)

report_photos = Table(
    "report_photos",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("report", Integer, ForeignKey("reports.id"), nullable=False, index=True),
    Column("after", Boolean, nullable=False, default=False),
)

report_followers = Table(
    "report_followers",
    metadata,
    Column("report", Integer, ForeignKey("reports.id"), primary_key=True),
    Column("sender", String(200), primary_key=True),
    Column("at", DateTime, nullable=False),
    UniqueConstraint("report", "sender"),
)
