# Một Cửa. "make help" lists the commands.
SHELL := /bin/bash
.DEFAULT_GOAL := help

UV_HOME := .uv
VENV := .venv
PYTHON := $(VENV)/bin/python
MOTCUA := $(VENV)/bin/motcua
PYTEST := $(PYTHON) -m pytest
export UV_NO_PROGRESS := 1
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: help run setup setup-dev test test-fast test-other soak lint format bench bench-stock lock train

help: ## Liệt kê các lệnh
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: setup ## Cài đặt (lần đầu) và chạy trợ lý tại http://localhost:8080
	@exec $(MOTCUA) run

test: setup-dev ## Chạy mọi bài kiểm tra hành vi
	@$(PYTEST) -m "not soak" -ra

test-fast: setup-dev ## Chạy các bài kiểm tra nhanh (dưới một phút)
	@$(PYTEST) -m "not slow and not soak" -q

test-other: setup-dev ## Chạy bài kiểm tra bằng phiên bản Python còn lại (3.11 hoặc 3.12), nếu có
	@scripts/test-other-python

soak: setup-dev ## Chạy các bài tải và thử phá dài
	@$(PYTEST) -m soak -ra

lint: setup-dev ## Kiểm tra cách viết và kiểu dữ liệu
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy

format: setup-dev ## Sửa cách trình bày mã
	@$(PYTHON) -m ruff check --fix . && $(PYTHON) -m ruff format .

train: setup ## Huấn luyện mô hình
	@$(MOTCUA) train

bench: setup-dev ## Đo tốc độ, bộ nhớ, thời gian huấn luyện
	@$(PYTHON) -m tests.bench.product

bench-stock: setup-dev ## Đo cùng lúc với Rasa nguyên bản (DIET); cần Python 3.10
	@scripts/bench-stock

lock: $(UV_HOME)/bin/uv ## Tính lại tệp khoá thư viện
	@scripts/lock

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(VENV)/.runtime: requirements.lock pyproject.toml | $(UV_HOME)/bin/uv
	@scripts/setup requirements.lock && touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(UV_HOME)/bin/uv
	@scripts/setup requirements-dev.lock && touch $@ $(VENV)/.runtime

$(UV_HOME)/bin/uv:
	@scripts/get-uv
