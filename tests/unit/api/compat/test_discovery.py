from service.api.compat.perspective_wire import AnalyzeRequest, SuggestRequest
from tests.unit.api.compat.conftest import PUBLIC, Desk


async def test_the_document_leads_to_the_public_address(desk: Desk) -> None:
    for path in (
        "/$discovery/rest?version=v1alpha1",
        "/%24discovery/rest",
        "/discovery/v1/apis/commentanalyzer/v1alpha1/rest",
    ):
        answer = await desk.send("GET", path)
        assert answer.status_code == 200, path
        told = answer.json()
        assert told["kind"] == "discovery#restDescription"
        assert (told["name"], told["version"]) == ("commentanalyzer", "v1alpha1")
        assert told["rootUrl"] == told["baseUrl"] == f"{PUBLIC}/"
        methods = told["resources"]["comments"]["methods"]
        assert {one["path"] for one in methods.values()} == {
            "v1alpha1/comments:analyze",
            "v1alpha1/comments:suggestscore",
        }
        named = {one[side]["$ref"] for one in methods.values() for side in ("request", "response")}
        assert named <= set(told["schemas"])


async def test_every_form_that_is_named_is_described(desk: Desk) -> None:
    schemas = (await desk.send("GET", "/$discovery/rest")).json()["schemas"]

    def named(part: object) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if "$ref" in part else set()
            return own.union(*(named(one) for one in part.values()))
        return set().union(*(named(one) for one in part)) if isinstance(part, list) else set()

    assert named(schemas) <= set(schemas)
    for form, schema in ((AnalyzeRequest, "AnalyzeCommentRequest"), (SuggestRequest, "SuggestCommentScoreRequest")):
        assert set(form.__struct_encode_fields__) <= set(schemas[schema]["properties"])
