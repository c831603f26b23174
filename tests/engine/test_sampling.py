"""Sampling presets: the article's and the model card's numbers, and what a model overrides."""

import pytest

from xiezuo.engine.models.store import ModelStore
from xiezuo.engine.sampling import PRESETS, TASKS, preset


def test_every_task_has_a_preset():
    assert set(PRESETS) == set(TASKS)


def test_an_article_starts_from_the_articles_numbers():
    article = preset("article")
    assert (article.temperature, article.top_p, article.repeat_penalty) == (0.7, 0.9, 1.1)
    assert article.max_tokens == 2048
    assert preset("answer").max_tokens == 512


@pytest.mark.parametrize("task", TASKS)
def test_llama_servers_harmful_defaults_are_never_left_standing(task):
    chosen = preset(task)
    assert chosen.min_p == 0
    assert chosen.dry_penalty_last_n >= 0
    assert chosen.repeat_last_n > 64


def test_code_is_not_penalised_for_repeating_itself():
    assert preset("code").repeat_penalty == 1.0
    assert preset("code").dry_multiplier == 0


def test_overrides_for_all_come_before_those_for_the_task():
    overrides = {"all": {"top_p": 0.8, "top_k": 5}, "story": {"top_k": 50}}
    assert (preset("story", overrides).top_p, preset("story", overrides).top_k) == (0.8, 50)
    assert preset("article", overrides).top_k == 5


def test_qwen3_follows_its_model_card(tmp_path):
    qwen = ModelStore(tmp_path, tmp_path / "none").get("qwen3-4b-instruct-2507")
    article = preset("article", qwen.sampling)
    assert (article.temperature, article.top_p, article.top_k, article.min_p) == (0.7, 0.8, 20, 0)
    assert 0 <= article.presence_penalty <= 1.5
