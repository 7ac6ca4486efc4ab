"""The doctor: names what is missing and the command that gets it."""

from __future__ import annotations

import argparse

from grader.learn import doctor


def test_a_version_that_does_not_fit_counts_as_missing():
    assert doctor.installed("pytest>=9") is not None
    assert doctor.installed("pytest<1") is None
    assert doctor.installed("no-such-package-of-ours") is None


def test_a_missing_extra_is_named_with_the_command_that_installs_it():
    finding = doctor.packages("fewshot", ["pytest>=9", "no-such-package-of-ours>=1"])

    assert finding.ok is None
    assert "no-such-package-of-ours missing" in finding.what
    assert finding.remedy == "pip install -e '.[fewshot]'"


def test_a_missing_base_package_is_needed():
    assert doctor.packages("base", ["no-such-package-of-ours>=1"]).ok is False


def test_every_extra_of_the_project_is_looked_at():
    looked_at = " ".join(finding.what for finding in doctor.findings())

    assert all(f"extra {name}" in looked_at for name in doctor.extras() if name != "base")


def test_a_pytest_of_another_environment_is_noticed(monkeypatch, tmp_path):
    other = tmp_path / "pytest"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    finding = doctor.pytest_on_path()

    assert finding.ok is False
    assert "activate" in finding.remedy


def test_the_exit_code_says_whether_something_needed_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "findings", lambda: [doctor.Finding(False, "a thing", "get a thing")])

    assert doctor.run(argparse.Namespace()) == 1
    assert "get it: get a thing" in capsys.readouterr().out


def test_keys_are_never_needed(monkeypatch):
    for key in doctor.KEYS:
        monkeypatch.delenv(key, raising=False)

    assert doctor.keys().ok is True
