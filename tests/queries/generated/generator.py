"""Makes programs at random: the same ones for the same seed."""

from collections.abc import Sequence
from dataclasses import replace

from lsst.daf.butler import DimensionGroup

from .building import Builder
from .conditions import (
    TERMS,
    Bind,
    condition,
)
from .programs import Kind, Program, Step
from .sky import FILTERS
from .stage import TYPES

_KINDS: Sequence[Kind] = (
    *("data_ids",) * 4,
    *("datasets",) * 5,
    *("general",) * 4,
    *("records",) * 2,
    *("all_datasets",) * 2,
)
_ORDERS = {
    "exposure": ("exposure.timespan.begin", "exposure.seq_num", "-exposure.obs_id"),
    "visit": ("visit.exposure_time", "-visit.timespan.end", "visit.name"),
    "detector": ("detector.purpose", "-detector.full_name"),
    "patch": ("patch.cell_x", "-patch.cell_y"),
}
_DATASET_FIELDS = ("dataset_id", "collection", "timespan", "run", "ingest_date")


class Generator(Builder):
    """Makes programs: the same ones for the same seed."""

    def program(self) -> Program:
        """Return another program."""
        kind = self._chance.choice(_KINDS)
        self._camera = self._chance.choice(list(FILTERS))
        if kind == "all_datasets":
            return self._all_datasets()
        has_defaults = self._is(0.15)
        searched = self._searched(kind)
        steps, group = self._steps(searched, has_defaults=has_defaults)
        program = Program(kind, tuple(group.names), has_defaults=has_defaults)
        match kind:
            case "datasets":
                program = self._datasets(program, searched[0])
                group = self._group(TYPES[searched[0]][0]).union(group)
            case "records":
                element = self._chance.choice(self._elements(group))
                program = replace(program, of=element)
                group = self._group([element]).union(group)
            case "general":
                program = self._general(program, group, searched)
            case _:
                program = self._data_ids(program, group)
        # What is wrong with a materialisation is found out at once or at the end.
        may_be_wrong = all(step.what != "materialize" for step in steps)
        where = self._where(
            group, searched, has_defaults=has_defaults, may_be_wrong=may_be_wrong
        )
        program = replace(program, steps=(*steps, *where))
        return self._finished(self._ordered(program, searched))

    def _elements(self, group: DimensionGroup) -> list[str]:
        stored = [name for name in group.elements if self._universe[name].has_own_table]
        return sorted(stored) or ["instrument"]

    def _data_ids(self, program: Program, group: DimensionGroup) -> Program:
        names: Sequence[str] = sorted(group.names)
        if self._is(0.3) and names:
            names = self._chance.sample(names, self._chance.randint(1, len(names)))
        return replace(program, of=tuple(names), with_records=self._is(0.3))

    def _datasets(self, program: Program, name: str) -> Program:
        return replace(
            program,
            of=name,
            # Those of the search that the query builds on.
            collections=None,
            find_first=self._is(0.5),
            with_records=self._is(0.3),
        )

    def _general(
        self, program: Program, group: DimensionGroup, searched: Sequence[str]
    ) -> Program:
        fields: dict[str, frozenset[str]] = {}
        for name in self._elements(group):
            known = self._universe[name].schema.remainder.names if name in group else ()
            if known and self._is(0.5):
                count = self._chance.randint(1, min(3, len(known)))
                fields[name] = frozenset(self._chance.sample(sorted(known), count))
        # Some of two types are more than daf_butler can put into one statement.
        is_alone = len(searched) == 1 or self._is(0.1)
        columns = _DATASET_FIELDS if is_alone else _DATASET_FIELDS[:3]
        of_datasets = {
            name: frozenset(self._chance.sample(columns, 2))
            for name in searched
            if self._is(0.85)
        }
        find_first = self._is(0.4) and len(of_datasets) == 1
        if find_first:
            # What a found dataset is; where, says the order of the search.
            of_datasets = {
                name: frozenset({"dataset_id", "run"}) for name in of_datasets
            }
        return replace(
            program,
            of=tuple(sorted(group.names)),
            fields=fields,
            dataset_fields=of_datasets,
            find_first=find_first,
            with_records=self._is(0.15),
        )

    def _ordered(self, program: Program, searched: Sequence[str]) -> Program:
        if self._is(0.5):
            of = [program.of] if isinstance(program.of, str) else list(program.of)
            if program.kind == "datasets":
                of = list(TYPES[str(program.of)][0])
            names = sorted(self._group(of).required)
            terms = [*names, *(f"-{name}" for name in names)]
            for name in names:
                terms += _ORDERS.get(name, ())
            chosen = self._chance.sample(
                terms, min(len(terms), self._chance.randint(1, 2))
            )
            is_total = self._is(0.6) and program.kind != "general"
            if is_total:
                known = {term.removeprefix("-") for term in chosen}
                chosen += [name for name in names if name not in known]
            if is_total and program.kind == "datasets" and not program.find_first:
                chosen.append(f"{searched[0]}.run")
            program = replace(program, order_by=tuple(chosen), is_total=is_total)
        if self._is(0.3):
            program = replace(program, limit=self._chance.choice((0, 1, 2, 5, 17, 400)))
        return program

    def _finished(self, program: Program) -> Program:
        options = {"exact": self._is(0.6)}
        match self._chance.randrange(8):
            case 0:
                options["discard"] = self._is(0.6)
                return replace(program, finish="count", options=options)
            case 1:
                options["execute"] = self._is(0.6)
                return replace(program, finish="any", options=options)
            case 2:
                options = {"execute": self._is(0.5)}
                return replace(program, finish="explain", options=options)
            case _:
                return program

    def _all_datasets(self) -> Program:
        find_first = self._is(0.4)
        collections = self._collections()
        if not find_first and self._is(0.5):
            collections = (self._chance.choice(("*", "run/*", "c*", "tag/x")),)
        names = self._chance.choice((("*",), ("c*", "raw"), ("bias",), ("w*", "none*")))
        group = self._group(["detector", "visit"])
        step = Step("where")
        if self._is(0.6):
            bind: Bind = {}
            terms = [*TERMS["detector"], *TERMS["instrument"]]
            where = condition(self._chance, terms, bind)
            # Clients send no lists here.
            where = (
                "" if any(isinstance(each, list) for each in bind.values()) else where
            )
            bind = bind if where else {}
            step = Step("where", where=where, bind=bind)
        if self._is(0.8):
            governors = self._governors(group)
            step = replace(step, data_id=governors)
        return Program(
            "all_datasets",
            names,
            (step,),
            collections=collections,
            find_first=find_first,
            with_records=self._is(0.3),
            limit=self._chance.choice((None, None, 0, 3, 50)),
        )
