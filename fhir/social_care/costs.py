"""What a service costs a week, reckoned as DHSC's pipeline does, from unit cost, cost frequency and planned units.

A cost by the week or longer is a fraction of itself each week (a month is 12/52); one by the session, hour or day is
taken planned units times; a single payment has no weekly cost. Where frequency and units contradict, the frequency is
believed. Source: DataS-DHSC ASC-CLD-LA-Dashboard, 9bee728.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from fhir.own import OWN as OWN
from fhir.social_care.defined_lists import LISTS
from fhir.social_care.values import amount

UCUM = "http://unitsofmeasure.org"
_PENCE = Decimal("0.01")


def weekly_cost(unit_cost: str, frequency: str, units: str) -> Decimal | None:
    """The cost of a week in pounds and pence; None where it cannot be reckoned."""
    cost, per = amount(unit_cost), LISTS["cost_frequency"].find(frequency)
    if cost is None or per is None or per.once:
        return None
    if per.per_week is not None:
        weekly = cost * per.per_week[0] / per.per_week[1]
    else:
        planned = amount(units)
        if planned is None:
            return None
        weekly = cost * planned
    return weekly.quantize(_PENCE, ROUND_HALF_UP) if abs(weekly) < Decimal("1e12") else None


def cost_extensions(unit_cost: str, frequency: str, units: str) -> list[dict[str, Any]]:
    """Our own extensions for what a service costs and how much of it is planned.

    `social-care-planned-hours` (Quantity, h/wk) where units are hours; `social-care-cost` with `unitCost` Money,
    `frequency` string, `unitsPerWeek` decimal, `weekly` Money. A text that is no number stands in `unitCostAsWritten`
    or `unitsAsWritten`.
    """
    found: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    per = LISTS["cost_frequency"].find(frequency)
    if unit_cost:
        cost = amount(unit_cost)
        parts.append(_money("unitCost", cost) if cost is not None else _written("unitCostAsWritten", unit_cost))
    if frequency:
        parts.append({"url": "frequency", "valueString": frequency})
    if units:
        planned = amount(units)
        if planned is None:
            parts.append(_written("unitsAsWritten", units))
        else:
            parts.append({"url": "unitsPerWeek", "valueDecimal": planned})
            if per is not None and per.name == "Hourly":
                quantity = {"value": planned, "unit": "hours a week", "system": UCUM, "code": "h/wk"}
                found.append({"url": f"{OWN}/social-care-planned-hours", "valueQuantity": quantity})
    weekly = weekly_cost(unit_cost, frequency, units)
    if weekly is not None:
        parts.append(_money("weekly", weekly))
    if parts:
        found.append({"url": f"{OWN}/social-care-cost", "extension": parts})
    return found


def _money(url: str, value: Decimal) -> dict[str, Any]:
    return {"url": url, "valueMoney": {"value": value, "currency": "GBP"}}


def _written(url: str, text: str) -> dict[str, Any]:
    return {"url": url, "valueString": text}
