"""`crm_exporter`: which classified leads go to the CRM now, and which later? Its JSON is that of its source."""

from typing import ClassVar

from pydantic import BaseModel

from agents.agent import Agent
from agents.export_guard import guarded
from agents.export_plan import ClassifiedLead, ExportPlan, ExportQuestion
from agents.export_rules import plan

__all__ = ["ClassifiedLead", "CrmExporter", "ExportPlan", "ExportQuestion"]


class CrmExporter(Agent[ExportQuestion, ExportPlan]):
    """Decides exports."""

    name: ClassVar[str] = "crm_exporter"
    label: ClassVar[str] = "Export vers le CRM"
    input_type: ClassVar[type[BaseModel]] = ExportQuestion
    output_type: ClassVar[type[BaseModel]] = ExportPlan
    max_tokens: ClassVar[int] = 8_000  # a hundred leads, each with its reason
    is_cached: ClassVar[bool] = False  # what was decided before has changed the day's count

    def rules(self, given: ExportQuestion) -> ExportPlan:
        return plan(given)

    def guard(self, given: ExportQuestion, output: ExportPlan) -> tuple[ExportPlan, list[str]]:
        return guarded(given, output)
