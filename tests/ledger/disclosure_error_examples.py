"""The refusals of fees and projects, each with the smallest input that provokes it."""

import datetime as dt
from dataclasses import replace

from ledger import access, disclosure_errors
from ledger.db import owner, transaction
from ledger.disclosure.fees import Basis, FeeVersion, Recorded, publish_fees, record_fees
from ledger.disclosure.projects import Amount, ProjectRecord, Stage, record_project
from ledger.install import PersonPlan, create_office, create_person
from tests.ledger.error_examples import FIRST, as_, example

FEE = FeeVersion(
    item="7", name_zh="停车费", name_en="Parking", life_event="travel", department="城管", standard_kind="fixed",
    unit="元/次", payer="车主", fund_mode="treasury", valid_from=dt.date(2020, 1, 1), document_no="价字1号",
    basis=(Basis("价字1号"),), collectors=("201",), confidence="P", source="made up", min_fen=500, max_fen=500,
)  # fmt: skip
PROJECT = ProjectRecord(
    project="XM-1", name_zh="桥", name_en="Bridge", owner="201", place="北河路", sector="交通", purpose="通行"
)


def record(city, *versions):
    with as_(city, "REVW") as tx:
        return record_fees(tx, versions)


def publish(city, *versions):
    with as_(city, "PUBL") as tx:
        return publish_fees(tx, versions)


def appoint(city, person, *duties, agencies=None):
    """Give somebody of an office of their own, under the last of their duties."""
    office = f"101.{person}"
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, office, "101", person, person)
        create_person(
            connection, city.treasury_id, PersonPlan(person, person, office, duties, agencies), FIRST, "任字3号"
        )
    return [access.open_session(city.source, city.treasury_id, person, duty) for duty in duties]


def record_of(city, project):
    with transaction(city.source, *appoint(city, "prap", "PRAP")) as tx:
        record_project(tx, project)


example(
    disclosure_errors.FeeVersionBackwards, "a fee version that ends before it begins", "收费版本的截止日早于生效日"
)(lambda city, _folder: record(city, replace(FEE, valid_to=dt.date(2019, 12, 31))))
example(disclosure_errors.FeeBasisMissing, "a fee without a document that allows it", "收费项目没有依据文件")(
    lambda city, _folder: record(city, replace(FEE, basis=()))
)
example(disclosure_errors.FeeCollectorMissing, "a fee that no agency charges", "收费项目没有执收单位")(
    lambda city, _folder: record(city, replace(FEE, collectors=()))
)
example(disclosure_errors.FeeStandardIncomplete, "a fixed fee without its amount", "定额收费没有金额")(
    lambda city, _folder: record(city, replace(FEE, min_fen=None, max_fen=None))
)
example(disclosure_errors.UnknownRecord, "a fee published that nobody recorded", "公开未录入的收费项目")(
    lambda city, _folder: publish(city, Recorded("7", 1))
)


@example(disclosure_errors.RecorderPublishes, "a fee published by the person who recorded it", "录入人自行公开收费项目")
def _both(city, _folder):
    reviewer, publisher = appoint(city, "both", "REVW", "PUBL")
    with transaction(city.source, reviewer) as tx:
        recorded = record_fees(tx, [FEE])
    with transaction(city.source, publisher) as tx:
        publish_fees(tx, recorded)


@example(disclosure_errors.AlreadyPublished, "a fee version published twice", "同一收费版本公开两次")
def _twice(city, _folder):
    recorded = record(city, FEE)
    publish(city, *recorded)
    publish(city, *recorded)


@example(
    disclosure_errors.PublishedOutOfOrder, "the second version published before the first", "先公开第二版、后公开第一版"
)
def _order(city, _folder):
    publish(city, record(city, FEE, replace(FEE, valid_from=dt.date(2021, 1, 1)))[1])


@example(
    disclosure_errors.ForeignAgency,
    "a fee of agency 201 recorded by somebody appointed for 202",
    "任命范围为 202 的人员录入 201 的收费项目",
)
def _foreign(city, _folder):
    with transaction(city.source, *appoint(city, "school", "REVW", agencies=("202",))) as tx:
        record_fees(tx, [FEE])


example(
    disclosure_errors.ProjectNotDescribed, "a first record of a project without its owner", "项目首次登记没有建设单位"
)(lambda city, _folder: record_of(city, replace(PROJECT, owner=None)))
example(disclosure_errors.ProjectRecordIncomplete, "a contract amount without its document", "合同金额没有依据文件")(
    lambda city, _folder: record_of(city, replace(PROJECT, amounts=(Amount("contract", 1, FIRST, ""),)))
)
example(disclosure_errors.StageBackwards, "a review on the day before the approval", "评审日期早于此前的批准日期")(
    lambda city, _folder: record_of(
        city, replace(PROJECT, stages=(Stage("approval", FIRST, "文1"), Stage("review", dt.date(2019, 12, 31), "文2")))
    )
)
