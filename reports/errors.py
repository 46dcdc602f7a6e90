"""What can go wrong with a field report."""

from __future__ import annotations


class ReportError(Exception):
    """The report can't be changed so; the message says why, in Vietnamese."""


class UnknownReportError(ReportError):
    """No report has this code."""


class ForbiddenChangeError(ReportError):
    """The report's state does not allow this change."""
