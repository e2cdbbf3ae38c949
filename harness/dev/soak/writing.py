"""Random calls of a client that writes: master data, orders and stock documents, as an ERP sends them all day, and at
night all of it again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import psycopg
from psycopg import IsolationLevel

from harness.dev.soak.calls import Call
from harness.dev.soak.world import COMPANIES, DAYS, FIRST_WRITTEN, PHASES

WEIGHTS = {
    "data put": 6, "order put": 8, "posting": 8, "stock removal": 4, "nightly data": 1, "nightly orders": 1,
}  # fmt: skip

MATERIALS = {1: ("BOLT", 4), 2: ("STEEL", 1.5), 3: ("GEAR", 2), 4: ("FRAME", 1), 5: ("PAINT", 0.5), 6: ("OIL", 0.25)}
"""Item and unit quantity of the material rows, by line."""

BY_LOTS = ("STEEL", "FRAME", "OIL")

Json = dict[str, Any]


def random_writing(random: Random, connection: psycopg.Connection[Any]) -> Call:
    """Draw what an ERP sends: mostly what may be, and some that others are about just now."""
    company_id = random.choice(COMPANIES)
    kind = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    if kind.startswith("nightly"):
        # what is there is what is sent, if both are of one moment
        return Call(kind, [company_id], None, IsolationLevel.REPEATABLE_READ)
    isolation = None
    sent: object
    match kind:
        case "data put":
            isolation = IsolationLevel.READ_COMMITTED  # elsewhere none changes what runs decide by
            sent = json.dumps(_data(random))
        case "order put":
            sent = json.dumps(_orders(random, connection, company_id))
        case "posting":
            sent = json.dumps([_document(random) for _ in range(random.randint(1, 3))])
        case _:
            sent = _posted(random, connection, company_id)
    key = uuid.UUID(int=random.getrandbits(128), version=4)
    return Call(kind, [company_id, sent, random.random() < 0.1], key, isolation)


def _data(random: Random) -> dict[str, list[Json]]:
    """Draw rows of master data, some of which runs decide by, and some that are deleted."""
    item = random.choice([*(code for code, _ in MATERIALS.values()), "BIKE"])
    new = f"X{random.randint(1, 3)}"
    mrp = {
        "picking_type": random.choice(["automatic", "manual", "with_list"]),
        "procurement_type": random.choice(["purchase", "production"]),
    }
    flag, other = random.random() < 0.5, random.random() < 0.5
    some_day = str(date.today() + timedelta(random.randint(30, 60)))
    possible: list[tuple[str, Json]] = [
        ("item", {"item_code": item, "description": f"V{random.randint(1, 9)}"}),
        ("item", {"item_code": item, "lot_policy": random.choice(["fifo", "expiry"])}),
        ("item", {"item_code": new, "tracking": random.choice(["lot", "none"]), "quantity_decimals": 2 * flag}),
        ("item", {"item_code": new, "delete": True}),
        ("item_variant", {"item_code": new, "variant_code": "RED", "delete": flag}),
        ("item_mrp_parameter", {"item_code": random.choice(["PAINT", new]), **mrp}),
        ("item_mrp_parameter", {"item_code": new, "delete": True}),
        ("item_location", {"item_code": item, "warehouse_code": "RAW", "location_code": "A2", "delete": flag}),
        ("location", {"warehouse_code": "RAW", "location_code": f"B{random.randint(1, 2)}", "delete": flag}),
        ("lot", {"item_code": "STEEL", "lot_code": f"L{random.randint(1, 3)}", "expiry_date": some_day}),
        ("lot", {"item_code": "OIL", "lot_code": f"N{random.randint(1, 9)}", "closed": other, "delete": flag}),
        ("job_order", {"job_year": 2026, "job_number": random.randint(0, 12), "supply_released": flag}),
        ("job_order", {"job_year": 2026, "job_number": 90, "delete": flag}),
        ("movement_reason", {"warehouse_code": "RAW", "reason_code": "ISS", "allow_unavailable_lots": flag}),
        # what forbids stock below zero asks for today and later, and check_integrity for the days before too
        ("location", {"warehouse_code": "RAW", "location_code": "A2", "blocked": False}),
        ("warehouse", {"warehouse_code": "RAW", "check_location": False, "allow_negative_stock": True}),
        ("warehouse", {"warehouse_code": "SCR", "check_location": flag}),
        ("company", {"split_on_shortage": flag}),
    ]
    data: dict[str, list[Json]] = {}
    for kind, row in random.sample(possible, random.randint(1, 4)):
        data.setdefault(kind, []).append(row)
    return data


def _orders(random: Random, connection: psycopg.Connection[Any], company_id: int) -> list[Json]:
    """Draw orders: new ones, changed and deleted ones of those that were written, and others but for their quantity."""
    there = connection.execute(
        "select order_number, order_lot from erp_data.production_order where company_id = %s", [company_id]
    ).fetchall()
    documents: dict[tuple[int, int], Json] = {}
    for _ in range(random.randint(1, 4)):
        number, lot = random.choice(there) if random.random() < 0.7 else (FIRST_WRITTEN + random.randint(0, 19), 0)
        document = documents[number, lot] = {"order_year": 2026, "order_number": number, "order_lot": lot}
        if number >= FIRST_WRITTEN:
            made = {"item_code": "BIKE", "quantity": random.randint(1, 6), "job_year": 2026, "job_number": number % 12}
            document |= random.choice([made, made, made, made, {"delete": True}, {"status": "archived"}])
        document |= random.choice(
            [
                {"priority": random.randint(1, 9), "firm": f"F{random.randint(1, 3)}"},
                {"phases": [{"phase": phase, "machine": f"M{random.randint(1, 3)}"} for phase in PHASES]},
                {"phases": [{"phase": phase} for phase in PHASES], "materials": _materials(random)},
            ]
        )
    return list(documents.values())


def _materials(random: Random) -> list[Json]:
    lines = random.sample(list(MATERIALS), random.randint(2, len(MATERIALS)))
    return [
        {
            "line": line,
            "item_code": MATERIALS[line][0],
            "unit_quantity": random.choice([1, 1, -1]) * MATERIALS[line][1],
            "material_lots": [{"lot_code": "L1", "quantity": 1}] if line == 2 and random.random() < 0.3 else [],
        }
        for line in sorted(lines)
    ]


def _document(random: Random) -> Json:
    """Draw a stock document: receipts and issues, a transfer, a count, picks and returns, and new items among them."""
    lines = []
    for _ in range(random.randint(1, 2)):
        number, (item, _) = random.choice(list(MATERIALS.items()))
        if random.random() < 0.15:
            item = f"X{random.randint(1, 3)}"
        warehouse, reason = random.choice([*[("RAW", "LD")] * 2, ("RAW", "ISS"), ("SEMI", "TR"), ("SEMI", "LD")])
        line: Json = {"warehouse_code": warehouse, "item_code": item, "reason_code": reason}
        if item in BY_LOTS:
            line["lot_code"] = random.choice(["L1", "L2", f"N{random.randint(1, 9)}"])
        if warehouse == "RAW" and random.random() < 0.5:
            line["location_code"] = random.choice(["A1", "A1", "A2", f"B{random.randint(1, 2)}"])
        if random.random() < 0.15:
            line |= {"reason_code": "ISS", "load_reason_code": "LD", "counted_quantity": random.randint(0, 40)}
        else:
            line["quantity"] = random.randint(1, 3)
            if random.random() < 0.15:
                order = random.choice([random.randint(1, 30), FIRST_WRITTEN + random.randint(0, 19)])
                line |= {"order_year": 2026, "order_number": order, "material_line": number}
        lines.append(line)
    day = str(date.today() + timedelta(random.randint(-DAYS, 1)))
    # few keys, so that two writers send one of them at once
    return {"document_key": f"D{random.randint(1, 200)}", "record_date": day, "lines": lines}


def _posted(random: Random, connection: psycopg.Connection[Any], company_id: int) -> Sequence[str]:
    """Draw keys of documents, most of them in force."""
    there = connection.execute(
        "select distinct document_key from erp_data.stock_movement where company_id = %s and document_key is not null",
        [company_id],
    ).fetchall()
    keys = [key for (key,) in random.sample(there, min(len(there), random.randint(1, 3)))]
    return keys if keys and random.random() < 0.95 else [*keys, f"D{random.randint(1, 200)}"]
