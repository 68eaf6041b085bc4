"""What a computer has set for other purposes does not reach the local target."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.aws.surroundings import core_session


def test_no_file_and_no_profile_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        file = tmp_path / name
        file.write_text("[default\nregion", encoding="utf-8")
        monkeypatch.setenv(name, str(file))
    monkeypatch.setenv("AWS_PROFILE", "gone")
    assert core_session().get_service_model("ec2").service_name == "ec2"


VARIABLES = {
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "odd",
    "AWS_AUTH_SCHEME_PREFERENCE": "odd",
    "AWS_DEFAULTS_MODE": "odd",
    "AWS_DEFAULT_REGION": "mars-north-1",
    "AWS_MAX_ATTEMPTS": "many",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "sometimes",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "many",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "sometimes",
    "AWS_RETRY_MODE": "never",
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "odd",
    "AWS_STS_REGIONAL_ENDPOINTS": "odd",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_USE_FIPS_ENDPOINT": "true",
}


def test_no_variable_is_read_whatever_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    core = core_session()
    assert core.get_config_variable("region") is None
    for service in ("s3", "sts", "lambda", "sqs"):
        core.create_client(
            service,
            region_name="us-east-1",
            endpoint_url="http://127.0.0.1:9",
            aws_access_key_id="111122223333",
            aws_secret_access_key="x",
        )
