"""A small city that makes its budget of 2024 from zero: an organ (201) and a school below it (202)."""

import datetime as dt
from dataclasses import replace

from ledger.compilation.packages import Line, Package, Target, save_package
from ledger.compilation.rounds import (
    Ceiling,
    Resolution,
    set_ceilings,
    submit_budget,
)
from ledger.compilation.standards import (
    DriverValue,
    Standard,
    approve_drivers,
    approve_standards,
    awaiting_drivers,
    record_drivers,
    record_standards,
)
from ledger.db import owner, snapshot, transaction
from ledger.disclosure.projects import ProjectRecord, Stage, record_project
from ledger.install import PersonPlan, create_office, create_person

YEAR = 2024
DIGEST = "ab" * 32
PAY = Standard(
    standard="RY-01", name_zh="基本工资", name_en="Basic pay", category="personnel", dept_econ="30101", driver="headcount",
    per="month", amount_fen=812_345, document_no="人社〔2023〕7号", valid_from=dt.date(2023, 7, 1), confidence="P",
)  # fmt: skip
OFFICE = Standard(
    standard="GY-01", name_zh="办公费", name_en="Office goods", category="office", dept_econ="30201", driver="headcount",
    per="year", amount_fen=300_001, document_no="财行〔2023〕9号", valid_from=dt.date(2023, 1, 1), confidence="P",
)  # fmt: skip
HEATING = Standard(
    standard="GY-02", name_zh="物业管理费", name_en="Property upkeep", category="office", dept_econ="30209",
    driver="floor_area", per="month", amount_fen=355, document_no="财行〔2023〕9号", valid_from=dt.date(2023, 1, 1),
    confidence="P",
)  # fmt: skip
PERMIT = Standard(
    standard="XM-01", name_zh="检测费", name_en="Test", category="project", dept_econ="30227", driver="workload",
    per="time", amount_fen=12_345, document_no="财行〔2023〕12号", valid_from=dt.date(2023, 1, 1), confidence="P",
)  # fmt: skip
TARGETS = tuple(
    Target(kind, f"目标{kind}") for kind in ("quantity", "quality", "time", "cost", "benefit", "satisfaction")
)
PERSONNEL = Package(
    package="2024-201-RY", fiscal_year=YEAR, agency="201", category="personnel", activity_code="RY", func="2050101", fund="1",
    name_zh="人员经费", name_en="Personnel", activity="按编制发放工资", consequences="无法发放工资", mandate="编制批复",
    lines=(Line(standard="RY-01"),),
)  # fmt: skip
UPKEEP = Package(
    package="2024-201-GY", fiscal_year=YEAR, agency="201", category="office", activity_code="GY", func="2050101", fund="1",
    name_zh="公用经费", name_en="Running costs", activity="日常运转", consequences="无法运转", mandate="三定方案",
    lines=(Line(standard="GY-01"), Line(standard="GY-02")),
)  # fmt: skip
TESTS = Package(
    package="2024-201-JC-1", fiscal_year=YEAR, agency="201", category="project", activity_code="JC", func="2050199", fund="1",
    project="XM-JC", name_zh="校园水质检测", name_en="School water tests", activity="检测全部学校饮水", consequences="饮水安全无保障",
    mandate="《学校卫生工作条例》第十条", level=1, targets=TARGETS,
    lines=(Line(standard="XM-01", quantity_milli=1_250_000, times=2, origin="2023年学校台账1250处"),),
)  # fmt: skip
MORE_TESTS = replace(
    TESTS, package="2024-201-JC-2", level=2, name_zh="校园水质检测（加密）", name_en="School water tests, more often",
    lines=(Line(standard="XM-01", quantity_milli=1_250_000, times=1, origin="2023年学校台账1250处"),),
)  # fmt: skip
SYSTEM = replace(
    TESTS, package="2024-201-XT-3", activity_code="XT", project="XM-XT", level=3, mandate="", name_zh="报名系统",
    name_en="Enrolment system", activity="新建", consequences="继续人工报名",
    lines=(
        Line(dept_econ="31002", per="time", driver="work", quantity_milli=1_000, times=1, origin="方案一套",
             quote_fens=(91_000_000, 88_800_055, 90_000_000), quote_documents=("甲公司报价", "乙公司报价", "丙公司报价")),
    ),
)  # fmt: skip
PACKAGES = (PERSONNEL, UPKEEP, TESTS, MORE_TESTS, SYSTEM)


def act(city, duty, verb, *given, **named):
    """Do one thing under a duty, in a transaction of its own."""
    with transaction(city.source, city.session(duty)) as tx:
        return verb(tx, *given, **named)


def prepare(city):
    """Take in the project approver, standards and basic data, each approved by somebody else."""
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, "101.PRAP", "101", "PRAP", "PRAP")
        plan = PersonPlan("prap", "PRAP", "101.PRAP", ("PRAP",))
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字2号")
    for project in ("XM-JC", "XM-XT"):
        act(city, "PRAP", record_project, ProjectRecord(
            project=project, name_zh=project, name_en=project, owner="201", place="全区", sector="教育", purpose="测试",
            stages=(Stage("reserve", dt.date(2023, 3, 1), "储字1号"), Stage("appraisal", dt.date(2023, 4, 1), "论字1号"),
                    Stage("review", dt.date(2023, 5, 1), "评字1号"))))  # fmt: skip
    versions = act(city, "REVW", record_standards, [PAY, OFFICE, HEATING, PERMIT])
    act(city, "APPR", approve_standards, versions)
    act(city, "COMP", record_drivers, [
        DriverValue(agency="201", driver="headcount", fiscal_year=YEAR, quantity_milli=37_000, origin="编制系统2023年8月"),
        DriverValue(agency="201", driver="floor_area", fiscal_year=YEAR, quantity_milli=1_234_500, origin="资产系统"),
    ])  # fmt: skip
    with snapshot(city.source) as connection:
        waiting = awaiting_drivers(connection, city.treasury_id, YEAR)
    act(city, "REVW", approve_drivers, waiting)


def compile_budget(city, *packages, ceiling=10_000_000_000):
    """Save packages and send them up in both rounds."""
    for package in packages:
        act(city, "COMP", save_package, package)
    act(city, "COMP", submit_budget, YEAR, "201", 1)
    act(
        city,
        "REVW",
        set_ceilings,
        [Ceiling(fiscal_year=YEAR, department="201", fund="1", amount_fen=ceiling, document="财预〔2023〕88号")],
    )
    act(city, "COMP", submit_budget, YEAR, "201", 2)


def resolution(total_fen):
    """Give the resolution of the Congress for a total."""
    return Resolution(fiscal_year=YEAR, document="人大〔2024〕1号", title="关于2024年预算的决议", passed_on=dt.date(2024, 1, 20),
                      sha256=DIGEST, total_fen=total_fen)  # fmt: skip
