"""Reporting: taking a field report in a conversation, and following it afterwards.

The assistant asks only for what is missing; the citizen may answer in any order, correct, stop, or
ask something else in between and come back. Nothing is stored before the citizen confirms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from actions import clock, runtime
from actions.choices import chosen_number, chosen_words
from actions.context import Context, Outcome
from actions.inbound import Inbound
from actions.places import find_phone, read_place
from actions.replies import REPORT_PRESS, ReplyMaker
from actions.reply import Act, Button, Reply, ReportReceipt
from actions.report_draft import ReportDraft, Step
from actions.report_status import local_day
from knowledge.field_reports import Category
from knowledge.live import KnowledgeState
from knowledge.text.folding import fold
from reports.codes import grouped
from reports.duplicates import find_same
from reports.errors import ReportError
from reports.model import Draft
from reports.routing import route

MAX_PHOTOS = 5
MIN_WORDS = 2
"""A description needs at least this many words of substance."""
SKIP_WORDS = 3
"""Where something may be skipped, a "thôi" no longer than this skips it and doesn't stop all."""
AREA_QUESTIONS = 2
_OPEN_QUESTIONS = (Step.WHAT, Step.CATEGORY, Step.WHERE, Step.AREA, Step.PHONE)
_YES = frozenset(("gui ok oke dung roi dong y xac nhan co u uh vang da duoc chuan").split())
_UNKNOWN = ("khong ro", "khong biet", "chua ro", "quen", "bo qua")
_CORRECTIONS = (
    ("loai", Step.CATEGORY),
    ("dia diem", Step.WHERE),
    ("dia chi", Step.WHERE),
    ("cho o", Step.WHERE),
    ("noi dung", Step.WHAT),
    ("viec", Step.WHAT),
    ("so dien thoai", Step.PHONE),
)


class Reporting:
    """Handles one message about a report that is being written or followed."""

    def __init__(self, state: KnowledgeState, context: Context, inbound: Inbound) -> None:
        self._state = state
        self._base = state.base
        self._context = context
        self._inbound = inbound
        self._make = ReplyMaker(state)
        self._desk = runtime.desk()

    def begin(self) -> Outcome:
        """A first message about trouble; it may say everything at once."""
        draft = self._with_extras(ReportDraft())
        if self._says_something():
            draft = self._read_first(draft)
        return self._go_on(draft)

    def answer(self) -> Outcome:
        """A message while a report is being written."""
        draft = self._with_extras(self._draft())
        pressed = self._inbound.pressed.get("report")
        if pressed:
            return self._pressed(draft, pressed)
        if self._wants_to_stop(draft):
            return self._stop()
        if self._inbound.intent == "insult" and draft.step in _OPEN_QUESTIONS:
            return self._say("pa_noi_lich_su", draft)
        return self._HANDLERS[draft.step](self, draft)

    def _wants_to_stop(self, draft: ReportDraft) -> bool:
        skips = draft.step in (Step.PHOTOS, Step.DUPLICATE, Step.AREA)
        if self._inbound.intent == "stop":
            return not (skips and len(self._inbound.utterance.tokens) <= SKIP_WORDS)
        return self._folded() in ("huy", "thoi khong gui")

    def press(self) -> Outcome:
        """A pressed button that belongs to reports, with or without a report being written."""
        return self._pressed(self._with_extras(self._draft()), self._inbound.pressed["report"])

    def ask_again(self) -> list[Reply]:
        """The pending question once more, after something in between."""
        outcome = self._go_on(replace(self._draft()))
        intro = self._make.prompt("pa_quay_lai", Act.REPORT)
        return [intro, *outcome.replies]

    def _what(self, draft: ReportDraft) -> Outcome:
        if not self._says_something():
            return self._say("pa_hoi_viec", draft)
        return self._go_on(self._read_first(draft))

    def _category(self, draft: ReportDraft) -> Outcome:
        labels = [category.name for category in self._categories(draft.offered)]
        index = chosen_number(self._inbound.utterance, len(labels))
        if index is None:
            index = chosen_words(self._inbound.utterance, labels)
        if index is not None:
            return self._go_on(replace(draft, category=draft.offered[index], offered=()))
        guesses = self._state.category_finder.find(self._inbound.utterance)
        if guesses and guesses[0].sure:
            code = guesses[0].category.code
            words = f"{draft.description} {self._inbound.text}".strip()
            return self._go_on(replace(draft, category=code, offered=(), description=words))
        return self._ask_category(draft)

    def _where(self, draft: ReportDraft) -> Outcome:
        text = self._inbound.text.strip()
        if not text:
            return self._go_on(draft) if draft.lat is not None else self._ask_where(draft)
        if self._folded() in _UNKNOWN:
            return self._ask_where(draft)
        anew = replace(draft, address=text[:300], area=None, area_settled=False)
        return self._go_on(self._with_place(anew, text))

    def _area(self, draft: ReportDraft) -> Outcome:
        if draft.offered:
            names = [self._area_name(area) for area in draft.offered]
            index = chosen_number(self._inbound.utterance, len(names))
            if index is None:
                index = chosen_words(self._inbound.utterance, names)
            if index is not None:
                chosen = draft.offered[index]
                return self._go_on(replace(draft, area=chosen, area_settled=True, offered=()))
        text = self._inbound.text
        where = read_place(self._state, text)
        found = where.areas or read_place(self._state, f"xã {text}").areas
        if found and where.address and fold(where.address) not in fold(draft.address):
            address = f"{draft.address}, {where.address}".strip(", ")[:300]
            draft = replace(draft, address=address)
        if len(found) == 1:
            return self._go_on(replace(draft, area=found[0].id, area_settled=True, offered=()))
        if len(found) > 1:
            return self._choose_area(replace(draft, offered=tuple(a.id for a in found)))
        if any(word in self._folded() for word in _UNKNOWN):
            return self._go_on(replace(draft, area_settled=True, offered=()))
        address = f"{draft.address}, {text}".strip(", ")[:300] if text else draft.address
        asked = draft.area_asked + 1
        return self._go_on(
            replace(draft, address=address, area_asked=asked, area_settled=asked >= AREA_QUESTIONS)
        )

    def _duplicate(self, draft: ReportDraft) -> Outcome:
        if self._says_yes():
            return self._follow(draft.duplicate or "")
        return self._go_on(replace(draft, duplicate=""))

    def _photos(self, draft: ReportDraft) -> Outcome:
        if draft.area is None and self._inbound.text:
            draft = self._with_place(draft, self._inbound.text)
        if self._inbound.attachments and len(draft.photos) < MAX_PHOTOS:
            return self._say("pa_hoi_anh", draft, self._skip())
        return self._go_on(replace(draft, photos_settled=True))

    def _phone(self, draft: ReportDraft) -> Outcome:
        if draft.phone is None:
            return self._say("pa_hoi_so_dien_thoai", draft)
        return self._go_on(draft)

    def _confirm(self, draft: ReportDraft) -> Outcome:
        if self._says_yes():
            return self._submit(draft)
        step = self._correction()
        if step is not None:
            return self._correct(draft, step)
        if find_phone(self._inbound.text) or self._inbound.attachments:
            return self._go_on(draft)
        if self._inbound.intent in ("deny", "correct"):
            return self._offer_corrections(draft)
        return self._go_on(draft)

    def _which_correction(self, draft: ReportDraft) -> Outcome:
        step = self._correction()
        if step is not None:
            return self._correct(draft, step)
        return self._go_on(draft) if self._says_yes() else self._offer_corrections(draft)

    def _reply(self, draft: ReportDraft) -> Outcome:
        try:
            report = self._desk.reply(draft.code or "", self._inbound.sender, self._inbound.text)
        except ReportError as error:
            return self._done("pa_khong_duoc", ly_do=str(error))
        return self._done("pa_da_tra_loi", don_vi=report.unit_name)

    def _rating_words(self, draft: ReportDraft) -> Outcome:
        self._rate(draft.code or "", draft.stars or 0, self._inbound.text)
        return self._done("pa_cam_on_loi")

    _HANDLERS: ClassVar[dict[Step, Callable[[Reporting, ReportDraft], Outcome]]] = {
        Step.WHAT: _what,
        Step.CATEGORY: _category,
        Step.WHERE: _where,
        Step.AREA: _area,
        Step.DUPLICATE: _duplicate,
        Step.PHOTOS: _photos,
        Step.PHONE: _phone,
        Step.CONFIRM: _confirm,
        Step.CORRECT: _which_correction,
        Step.REPLY: _reply,
        Step.RATING_WORDS: _rating_words,
    }

    def _pressed(self, draft: ReportDraft, pressed: str) -> Outcome:
        verb, _, rest = pressed.partition(":")
        code, _, value = rest.partition(":")
        if verb == "gui" and draft.step is Step.CONFIRM:
            return self._submit(draft)
        if verb == "thoi":
            return self._stop()
        if verb == "sua" and self._context.report is not None and rest in set(Step):
            return self._correct(draft, Step(rest))
        if verb == "loai" and self._base.category(rest):
            return self._go_on(replace(draft, category=rest, offered=()))
        if verb == "khu_vuc" and self._base.gazetteer.area(rest):
            return self._go_on(replace(draft, area=rest, area_settled=True, offered=()))
        if verb == "bo_qua":
            return self._go_on(replace(draft, photos_settled=True))
        if verb == "viec_khac":
            return self._go_on(replace(draft, duplicate=""))
        if verb == "theo_doi":
            return self._follow(code)
        return self._pressed_afterwards(verb, code, value)

    def _pressed_afterwards(self, verb: str, code: str, value: str) -> Outcome:
        if verb == "sao" and value.isdigit():
            return self._rated(code, int(value))
        if verb == "mo_lai":
            return self._reopen(code)
        if verb == "tra_loi":
            return self._say("pa_hoi_tra_loi", ReportDraft(step=Step.REPLY, code=code))
        reply = self._make.prompt("nut_het_han", Act.PROMPT)
        return Outcome([reply], self._context)

    def _go_on(self, draft: ReportDraft) -> Outcome:
        """Ask for the next thing that is missing, or read back."""
        if not draft.description:
            return self._say("pa_hoi_viec", replace(draft, step=Step.WHAT))
        if draft.category is None:
            return self._ask_category(draft)
        if not draft.address and draft.lat is None:
            return self._ask_where(draft)
        if draft.area is None and not draft.area_settled:
            return self._ask_area(draft)
        if draft.duplicate is None:
            same = self._same(draft)
            if same is not None:
                return same
            draft = replace(draft, duplicate="")
        if not draft.photos_settled and not draft.photos and self._inbound.channel != "phone":
            asked = replace(draft, step=Step.PHOTOS)
            return self._say("pa_hoi_anh", asked, self._skip())
        category = self._base.category(draft.category or "")
        if category is not None and not category.anonymous and draft.phone is None:
            return self._say("pa_hoi_so_dien_thoai", replace(draft, step=Step.PHONE))
        return self._read_back(draft)

    def _read_first(self, draft: ReportDraft) -> ReportDraft:
        text = self._inbound.text.strip()
        guesses = self._state.category_finder.find(self._inbound.utterance)
        if guesses and guesses[0].sure:
            draft = replace(draft, category=guesses[0].category.code)
        draft = replace(draft, description=text[:2000])
        return draft if draft.address or draft.area else self._with_place(draft, text)

    def _with_place(self, draft: ReportDraft, text: str) -> ReportDraft:
        where = read_place(self._state, text)
        if not draft.address and where.address:
            draft = replace(draft, address=where.address)
        if len(where.areas) == 1:
            address = draft.address or where.areas[0].name
            return replace(draft, address=address, area=where.areas[0].id, area_settled=True)
        if len(where.areas) > 1:
            return replace(draft, offered=tuple(area.id for area in where.areas))
        return draft

    def _with_extras(self, draft: ReportDraft) -> ReportDraft:
        """What a message carries besides its words: photos, a position, a telephone number."""
        photos = tuple(dict.fromkeys((*draft.photos, *self._inbound.attachments)))[:MAX_PHOTOS]
        draft = replace(draft, photos=photos, phone=find_phone(self._inbound.text) or draft.phone)
        if self._inbound.lat is None or self._inbound.lon is None:
            return draft
        area = self._base.gazetteer.nearest(self._inbound.lat, self._inbound.lon)
        return replace(
            draft,
            lat=self._inbound.lat,
            lon=self._inbound.lon,
            area=draft.area or (area.id if area else None),
            area_settled=True,
        )

    def _ask_category(self, draft: ReportDraft) -> Outcome:
        guesses = self._state.category_finder.find(self._inbound.utterance)
        codes = [guess.category.code for guess in guesses]
        common = [category.code for category in self._base.categories]
        offered = tuple(dict.fromkeys([*codes, *common]))[:5]
        if common and common[-1] not in offered:
            offered = (*offered, common[-1])
        buttons = [
            Button(category.name, f"{REPORT_PRESS}loai:{category.code}")
            for category in self._categories(offered)
        ]
        asked = replace(draft, step=Step.CATEGORY, offered=offered)
        return self._say("pa_hoi_loai", asked, buttons)

    def _ask_where(self, draft: ReportDraft) -> Outcome:
        return self._say("pa_hoi_dia_diem", replace(draft, step=Step.WHERE))

    def _ask_area(self, draft: ReportDraft) -> Outcome:
        if draft.offered:
            return self._choose_area(draft)
        return self._say("pa_hoi_khu_vuc", replace(draft, step=Step.AREA))

    def _choose_area(self, draft: ReportDraft) -> Outcome:
        buttons = [
            Button(self._area_name(area), f"{REPORT_PRESS}khu_vuc:{area}") for area in draft.offered
        ]
        return self._say("pa_chon_khu_vuc", replace(draft, step=Step.AREA), buttons)

    def _same(self, draft: ReportDraft) -> Outcome | None:
        now = datetime.now(UTC).replace(tzinfo=None)
        same = find_same(runtime.engine(), self._stored(draft), now, self._base.filler_words)
        if same is None:
            return None
        report = same.report
        buttons = [
            Button(
                self._base.prompts.text("pa_nut_theo_doi"), f"{REPORT_PRESS}theo_doi:{report.code}"
            ),
            Button(self._base.prompts.text("pa_nut_viec_khac"), f"{REPORT_PRESS}viec_khac"),
        ]
        return self._say(
            "pa_co_nguoi_bao",
            replace(draft, step=Step.DUPLICATE, duplicate=report.code),
            buttons,
            ma=grouped(report.code),
            don_vi=report.unit_name,
            viec=report.description[:140],
        )

    def _read_back(self, draft: ReportDraft) -> Outcome:
        category = self._base.category(draft.category or "")
        assert category is not None  # noqa: S101 - asked for before
        area = self._base.gazetteer.area(draft.area) if draft.area else None
        way = route(self._base, category, area, clock.now())
        prompts = self._base.prompts
        contact = (
            prompts.text("pa_lien_he_so", so=draft.phone)
            if draft.phone
            else prompts.text("pa_lien_he_tai_day")
        )
        photos = (
            prompts.text("pa_so_anh", so=len(draft.photos))
            if draft.photos
            else prompts.text("pa_khong_anh")
        )
        buttons = [
            Button(prompts.text("pa_nut_gui"), f"{REPORT_PRESS}gui"),
            Button(prompts.text("pa_nut_sua_viec"), f"{REPORT_PRESS}sua:{Step.WHAT}"),
            Button(prompts.text("pa_nut_sua_loai"), f"{REPORT_PRESS}sua:{Step.CATEGORY}"),
            Button(prompts.text("pa_nut_sua_dia_diem"), f"{REPORT_PRESS}sua:{Step.WHERE}"),
            Button(prompts.text("pa_nut_thoi"), f"{REPORT_PRESS}thoi"),
        ]
        return self._say(
            "pa_tom_tat",
            replace(draft, step=Step.CONFIRM),
            buttons,
            viec=draft.description,
            loai=category.name,
            dia_diem=self._place(draft),
            anh=photos,
            lien_he=contact,
            don_vi=way.unit_name,
            han=local_day(way.due_at),
            loi_dan=category.advice or "",
        )

    def _submit(self, draft: ReportDraft) -> Outcome:
        report = self._desk.receive(self._stored(draft), self._base, clock.now())
        receipt = ReportReceipt(
            code=report.code,
            category=report.category,
            area=report.area_name,
            unit=report.unit_name,
            due=report.due_at.replace(tzinfo=UTC).isoformat(),
        )
        reply = self._make.prompt(
            "pa_da_nhan",
            Act.REPORT,
            ma=grouped(report.code),
            don_vi=report.unit_name,
            han=local_day(report.due_at),
        )
        after = self._context.understood(report=None, procedure=None)
        return Outcome([replace(reply, report=receipt)], after)

    def _stored(self, draft: ReportDraft) -> Draft:
        return Draft(
            key=f"{self._inbound.sender}/{self._inbound.turn_id}",
            sender=self._inbound.sender,
            channel=self._inbound.channel or "web",
            category=draft.category or "khac",
            description=draft.description,
            address=draft.address,
            area=draft.area,
            lat=draft.lat,
            lon=draft.lon,
            phone=draft.phone,
            photos=draft.photos,
        )

    def _follow(self, code: str) -> Outcome:
        try:
            report = self._desk.follow(code, self._inbound.sender)
        except ReportError as error:
            return self._done("pa_khong_duoc", ly_do=str(error))
        return self._done("pa_da_theo_doi", ma=grouped(report.code), so=report.voices)

    def _rated(self, code: str, stars: int) -> Outcome:
        fault = self._rate(code, stars, "")
        if fault is not None:
            return self._done("pa_khong_duoc", ly_do=fault)
        draft = ReportDraft(step=Step.RATING_WORDS, code=code, stars=stars)
        return self._say("pa_cam_on_danh_gia", draft, so=stars)

    def _rate(self, code: str, stars: int, words: str) -> str | None:
        try:
            self._desk.rate(code, self._inbound.sender, stars, words)
        except ReportError as error:
            return str(error)
        return None

    def _reopen(self, code: str) -> Outcome:
        try:
            report = self._desk.find(code)
            category = self._base.category(report.category)
            area = self._base.gazetteer.area(report.area) if report.area else None
            if category is None:
                return self._done("pa_khong_mo_lai_duoc", ma=grouped(code))
            reopened = self._desk.reopen(
                code,
                self._inbound.sender,
                self._base.prompts.text("pa_nut_chua_xong"),
                self._base.deadlines.reopen_days,
                route(self._base, category, area, clock.now()),
            )
        except ReportError as error:
            return self._done("pa_khong_duoc", ly_do=str(error))
        return self._done("pa_tin_mo_lai", ma=grouped(code), don_vi=reopened.unit_name)

    def _correct(self, draft: ReportDraft, step: Step) -> Outcome:
        if step is Step.CATEGORY:
            return self._ask_category(replace(draft, category=None))
        if step is Step.WHERE:
            cleared = replace(draft, address="", area=None, area_settled=False, duplicate=None)
            return self._ask_where(replace(cleared, lat=None, lon=None, offered=()))
        if step is Step.PHONE:
            return self._say("pa_hoi_so_dien_thoai", replace(draft, phone=None, step=Step.PHONE))
        return self._say("pa_hoi_viec", replace(draft, step=Step.WHAT))

    def _offer_corrections(self, draft: ReportDraft) -> Outcome:
        names = (
            ("pa_nut_sua_viec", f"sua:{Step.WHAT}"),
            ("pa_nut_sua_loai", f"sua:{Step.CATEGORY}"),
            ("pa_nut_sua_dia_diem", f"sua:{Step.WHERE}"),
            ("pa_nut_thoi", "thoi"),
        )
        buttons = [
            Button(self._base.prompts.text(name), REPORT_PRESS + says) for name, says in names
        ]
        return self._say("pa_sua_gi", replace(draft, step=Step.CORRECT), buttons)

    def _correction(self) -> Step | None:
        words = self._folded()
        return next((step for phrase, step in _CORRECTIONS if phrase in words), None)

    def _stop(self) -> Outcome:
        return self._done("pa_dung")

    def _say(
        self,
        prompt: str,
        draft: ReportDraft,
        buttons: list[Button] | None = None,
        **values: object,
    ) -> Outcome:
        reply = self._make.prompt(prompt, Act.REPORT, **values)
        if buttons:
            reply = reply.with_buttons(*buttons)
        return Outcome([reply], self._context.understood(report=draft.to_json()))

    def _done(self, prompt: str, **values: object) -> Outcome:
        reply = self._make.prompt(prompt, Act.REPORT, **values)
        return Outcome([reply], self._context.understood(report=None))

    def _skip(self) -> list[Button]:
        return [Button(self._base.prompts.text("pa_nut_bo_qua"), f"{REPORT_PRESS}bo_qua")]

    def _draft(self) -> ReportDraft:
        stored = self._context.report
        return ReportDraft.from_json(stored) if stored else ReportDraft()

    def _categories(self, codes: tuple[str, ...]) -> list[Category]:
        found = (self._base.category(code) for code in codes)
        return [category for category in found if category is not None]

    def _area_name(self, area_id: str) -> str:
        area = self._base.gazetteer.area(area_id)
        return area.name if area else area_id

    def _place(self, draft: ReportDraft) -> str:
        prompts = self._base.prompts
        area = self._area_name(draft.area) if draft.area else prompts.text("pa_khong_ro_khu_vuc")
        address = draft.address or prompts.text("pa_theo_vi_tri")
        return address if fold(area) in fold(address) else f"{address} ({area})"

    def _says_something(self) -> bool:
        fillers = self._base.filler_words
        generic = {"phan", "anh", "bao", "su", "co", "kien", "nghi", "to", "cao", "gop"}
        words = [
            token
            for token in self._inbound.utterance.tokens
            if token.folded not in fillers and token.folded not in generic
        ]
        guesses = self._state.category_finder.find(self._inbound.utterance)
        clear = bool(guesses) and guesses[0].sure
        return len(words) >= MIN_WORDS or (bool(words) and clear)

    def _says_yes(self) -> bool:
        words = [token.folded for token in self._inbound.utterance.tokens]
        short = 0 < len(words) <= 4 and words[0] in _YES and "khong" not in words
        return self._inbound.intent == "affirm" or short

    def _folded(self) -> str:
        return fold(self._inbound.text).strip(" .!?")
