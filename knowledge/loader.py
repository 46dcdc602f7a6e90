"""Loading: the staff's folder to one ``KnowledgeBase``, or all the faults that prevent it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field

from knowledge.base import KnowledgeBase
from knowledge.family import Family
from knowledge.faults import Fault, KnowledgeError
from knowledge.field_reports import Categories, Category, Deadlines, Unit, Units
from knowledge.locality import LocalFee, LocalFees, Locality, Offices
from knowledge.procedure import Procedure, StaffModel, Texts
from knowledge.prompts import Prompt, Prompts
from knowledge.text.folding import fold
from knowledge.text.normalise import Lexicon, Token, normalise
from knowledge.text.syllables import exact_key, folded_key
from knowledge.validation import validate
from knowledge.yaml_reader import YamlDocument, read_yaml, yaml_files

SHIPPED = Path(__file__).parent
MIN_OTHER_SENSES = 6
OTHER_SENSE_SHARE = 1.5
"""A filler word stands for another word where names have that one this much oftener."""
DEFAULT_LOCALITY = "son_la"

Model = TypeVar("Model", bound=BaseModel)


class _ShortForms(StaffModel):
    lines: tuple[Annotated[str, Field(pattern=r"^[^=]+=[^=]+$")], ...] = Field(alias="viet_tat")

    def forms(self) -> dict[str, str]:
        """Each short form with its full words, from lines such as «không = ko, k»."""
        forms: dict[str, str] = {}
        for line in self.lines:
            full, shorts = line.split("=")
            forms.update((short.strip().lower(), full.strip()) for short in shorts.split(","))
        return forms


class _FillerWords(StaffModel):
    words: Texts = Field(alias="tu_dem")


class _RefusedPhrases(StaffModel):
    phrases: Texts = Field(alias="tu_choi")


class _Loader:
    """Gathers entries and faults while it walks the folder."""

    def __init__(self, root: Path, locality: str) -> None:
        self.root = root
        self.place = root / "dia_phuong" / locality
        self.faults: list[Fault] = []
        self.digest = hashlib.sha256()

    def read(self, path: Path) -> YamlDocument | None:
        """One document, or None with its faults noted."""
        try:
            document = read_yaml(path, self.root)
        except KnowledgeError as error:
            self.faults.extend(error.faults)
            return None
        if document.data is None:
            self.faults.append(Fault(document.file, 1, "Tệp trống."))
            return None
        return document

    def parse(self, path: Path, model: type[Model]) -> tuple[YamlDocument, Model] | None:
        """One file as a model, or None with its faults noted."""
        document = self.read(path)
        if document is None:
            return None
        value, faults = validate(document, model)
        self.faults.extend(faults)
        return (document, value) if value is not None else None

    def optional(self, path: Path, model: type[Model], empty: Model) -> Model:
        """A file that may be missing."""
        parsed = self.parse(path, model) if path.exists() else None
        return parsed[1] if parsed else empty

    def procedures(self) -> tuple[dict[str, Procedure], dict[str, str]]:
        entries: dict[str, Procedure] = {}
        files: dict[str, str] = {}
        for path in yaml_files(self.root / "thu_tuc"):
            parsed = self.parse(path, Procedure)
            if parsed is None:
                continue
            document, entry = parsed
            if entry.code in entries:
                message = f"Mã {entry.code} đã có ở {files[entry.code]}: mỗi thủ tục một tệp."
                self.faults.append(Fault(document.file, document.line_of(("ma",)), message))
                continue
            entries[entry.code] = entry
            files[entry.code] = document.file
        return entries, files

    def families(self, known: set[str]) -> dict[str, Family]:
        families: dict[str, Family] = {}
        for path in yaml_files(self.root / "nhom"):
            parsed = self.parse(path, Family)
            if parsed is None:
                continue
            document, family = parsed
            codes = [variant.code for variant in family.variants]
            for i, code in enumerate(codes):
                if code not in known:
                    line = document.line_of(("truong_hop", i, "ma"))
                    self.faults.append(Fault(document.file, line, f"Không có thủ tục mã {code}."))
            if family.default is not None and family.default not in codes:
                line = document.line_of(("mac_dinh",))
                message = f"«mac_dinh» {family.default} phải là một trong các «truong_hop»."
                self.faults.append(Fault(document.file, line, message))
            families[path.stem] = family
        return families

    def field_reports(self) -> tuple[tuple[Category, ...], Deadlines, tuple[Unit, ...]]:
        normal = Deadlines(tiep_nhan=8, khan=4, som=24, binh_thuong=56)
        deadlines = self.optional(self.root / "phan_anh" / "thoi_han.yml", Deadlines, normal)
        path = self.root / "phan_anh" / "loai.yml"
        parsed = self.parse(path, Categories) if path.exists() else None
        everywhere = Units(don_vi=[Unit(ma="xa", ten="UBND {khu_vuc}")])
        units = self.optional(self.place / "don_vi.yml", Units, everywhere).units
        if parsed is None:
            return (), deadlines, units
        document, found = parsed
        if not (self.place / "don_vi.yml").exists():
            return found.categories, deadlines, units
        known = {unit.id for unit in units}
        for i, category in enumerate(found.categories):
            if category.unit not in known:
                line = document.line_of(("loai", i, "don_vi"))
                message = f"Không có đơn vị «{category.unit}» trong don_vi.yml của địa phương."
                self.faults.append(Fault(document.file, line, message))
        return found.categories, deadlines, units

    def prompts(self, shipped: Mapping[str, Prompt] | None = None) -> Prompts:
        """The staff's wording; what they have not worded is said as shipped.

        Only the places of the shipped wording can be filled, so others are faults.
        """
        prompts: dict[str, Prompt] = {}
        for path in yaml_files(self.root / "loi_noi"):
            document = self.read(path)
            if document is None or not isinstance(document.data, dict):
                continue
            for name in document.data:
                prompt, faults = validate(document, Prompt, (name,))
                self.faults.extend(faults)
                if prompt is None:
                    continue
                prompts[name] = prompt
                known = shipped[name].places if shipped and name in shipped else prompt.places
                for place in sorted(prompt.places - known):
                    hint = ", ".join(f"{{{p}}}" for p in sorted(known)) or "không có chỗ nào"
                    message = f"«{name}» không có chỗ điền {{{place}}}: chỉ dùng được {hint}."
                    self.faults.append(Fault(document.file, document.line_of((name,)), message))
        return Prompts({**(shipped or {}), **prompts})

    def lexicon(self, procedures: dict[str, Procedure], families: dict[str, Family]) -> Lexicon:
        path = self.root / "tu_vung" / "viet_tat.yml"
        short = self.optional(path, _ShortForms, _ShortForms(viet_tat=())).forms()
        names = [
            name for p in procedures.values() for name in (p.name, p.official_name, *p.other_names)
        ]
        names += [f.name for f in families.values()] + [fold(word) for word in self.filler_words()]
        syllables = {token.folded for name in names for token in normalise(name, Lexicon()).tokens}
        return Lexicon(short_forms=short, syllables=frozenset(syllables))

    def all_fillers(self) -> tuple[frozenset[str], frozenset[str]]:
        """Staff's filler words, with and without diacritics."""
        path = self.root / "tu_vung" / "tu_dem.yml"
        lines = self.optional(path, _FillerWords, _FillerWords(tu_dem=())).words
        words = [word for line in lines for word in line.split()]
        return frozenset(map(exact_key, words)), frozenset(map(folded_key, words))

    def filler_words(self, names: Iterable[str] = ()) -> frozenset[str]:
        """Staff's filler words without diacritics, but for those that names need.

        "đó" says nothing, yet without its marks it is the "đỏ" of "sổ đỏ": such a word is kept out
        where names have it mostly in another sense.
        """
        exact, folded = self.all_fillers()
        senses = {True: Counter[str](), False: Counter[str]()}
        for name in names:
            for token in normalise(name, Lexicon()).tokens:
                if token.folded in folded:
                    senses[token.exact in exact][token.folded] += 1
        filler, other = senses[True], senses[False]
        needed = {
            word
            for word, count in other.items()
            if count >= MIN_OTHER_SENSES and count >= OTHER_SENSE_SHARE * filler[word]
        }
        return frozenset(folded - needed)

    def refused_phrases(self, lexicon: Lexicon) -> tuple[tuple[Token, ...], ...]:
        path = self.root / "tu_vung" / "tu_choi.yml"
        phrases = self.optional(path, _RefusedPhrases, _RefusedPhrases(tu_choi=())).phrases
        return tuple(normalise(phrase, lexicon).tokens for phrase in phrases)

    def checksum(self) -> str:
        for path in yaml_files(self.root):
            self.digest.update(path.relative_to(self.root).as_posix().encode())
            self.digest.update(path.read_bytes())
        return self.digest.hexdigest()[:16]


def load_knowledge(root: Path = SHIPPED, locality: str = DEFAULT_LOCALITY) -> KnowledgeBase:
    """Load and check the whole folder.

    Raises:
        KnowledgeError: with all faults of all files.

    """
    loader = _Loader(root, locality)
    checksum = loader.checksum()  # before reading: a file saved meanwhile makes a new one
    procedures, files = loader.procedures()
    families = loader.families(set(procedures))
    place = loader.optional(
        loader.place / "dia_phuong.yml", Locality, Locality(ten=locality, gio_lam_viec=())
    )
    offices = loader.optional(loader.place / "co_quan.yml", Offices, Offices())
    fees: dict[str, LocalFee] = loader.optional(
        loader.place / "le_phi.yml", LocalFees, LocalFees()
    ).fees
    categories, deadlines, units = loader.field_reports()
    own = root.resolve() == SHIPPED.resolve()
    prompts = loader.prompts(None if own else _Loader(SHIPPED, locality).prompts().by_name)
    lexicon = loader.lexicon(procedures, families)
    fillers = loader.filler_words(
        name for entry in procedures.values() for name in (entry.name, *entry.other_names)
    )
    exact_fillers, folded_fillers = loader.all_fillers()
    refused = loader.refused_phrases(lexicon)
    if not procedures and not loader.faults:
        loader.faults.append(Fault("thu_tuc", 1, "Chưa có thủ tục nào trong thư mục này."))
    if loader.faults:
        raise KnowledgeError(loader.faults)
    return KnowledgeBase(
        procedures=procedures,
        families=families,
        locality=place,
        offices=offices.offices,
        phone_numbers=offices.phone_numbers,
        local_fees=fees,
        categories=categories,
        deadlines=deadlines,
        units=units,
        prompts=prompts,
        lexicon=lexicon,
        filler_words=fillers,
        exact_fillers=exact_fillers,
        folded_fillers=folded_fillers,
        refused_phrases=refused,
        checksum=checksum,
        sources=files,
    )
