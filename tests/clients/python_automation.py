"""Tests triggers and retention policies with the Python SDK. python_sdk.py runs it."""

import json

import huaweicloudsdkswr.v2 as swr

from harness import test
from sdk import CLIENT, READY, assert_complete, assert_done, create_namespace, create_repo, push, refused

REPO = {"namespace": "group", "repository": "one$two"}


def create_trigger(name="cart", trigger_type="all", condition=".*"):
    body = swr.CreateTriggerRequestBody(
        action="update",
        app_type="deployments",
        application="cart-api",
        cluster_id="1c2d3e4f",
        cluster_name="prod",
        cluster_ns="shop",
        condition=condition,
        container="",
        enable="true",
        name=name,
        trigger_mode="cce",
        trigger_type=trigger_type,
    )
    return CLIENT.create_trigger(swr.CreateTriggerRequest(body=body, **REPO))


def show_trigger(name):
    return CLIENT.show_trigger(swr.ShowTriggerRequest(trigger=name, **REPO))


def update_trigger(name, enable):
    body = swr.UpdateTriggerRequestBody(enable=enable)
    return CLIENT.update_trigger(swr.UpdateTriggerRequest(trigger=name, body=body, **REPO))


def delete_trigger(name):
    return CLIENT.delete_trigger(swr.DeleteTriggerRequest(trigger=name, **REPO))


def list_triggers():
    listed = CLIENT.list_triggers_details(swr.ListTriggersDetailsRequest(**REPO))
    assert_complete(listed)
    return listed.body or []


def runs(name):
    """Returns the tags of a trigger's runs, latest first."""
    return [run.tag for run in show_trigger(name).trigger_history or []]


def rules(num, *patterns):
    selectors = [swr.TagSelector(kind="regexp", pattern=pattern) for pattern in patterns]
    return [swr.Rule(template="tag_rule", params={"num": str(num)}, tag_selectors=selectors)]


def create_retention(*rule):
    body = swr.CreateRetentionRequestBody(algorithm="or", rules=rules(*rule))
    return CLIENT.create_retention(swr.CreateRetentionRequest(body=body, **REPO))


def show_retention(number):
    return CLIENT.show_retention(swr.ShowRetentionRequest(retention_id=number, **REPO))


def update_retention(number, *rule):
    body = swr.UpdateRetentionRequestBody(algorithm="or", rules=rules(*rule))
    return CLIENT.update_retention(swr.UpdateRetentionRequest(retention_id=number, body=body, **REPO))


def delete_retention(number):
    return CLIENT.delete_retention(swr.DeleteRetentionRequest(retention_id=number, **REPO))


def list_retentions():
    listed = CLIENT.list_retentions(swr.ListRetentionsRequest(**REPO))
    assert_complete(listed)
    return listed.body or []


def list_histories(**query):
    """Returns the deleted tags, latest first, and the Content-Range of a page."""
    listed = CLIENT.list_retention_histories(swr.ListRetentionHistoriesRequest(**REPO, **query))
    assert_complete(listed)
    return [row.tag for row in listed.retention_log or []], listed.content_range


def list_tags():
    request = swr.ListRepositoryTagsRequest(**REPO)
    return [row.tag for row in CLIENT.list_repository_tags(request).body or []]


def seed():
    create_namespace("group")
    create_repo("group", "one/two")


@test
def a_trigger_is_created_listed_shown_disabled_and_deleted():
    seed()
    assert list_triggers() == []
    assert_done(create_trigger(), 201)
    [listed] = list_triggers()
    shown = show_trigger("cart")
    assert shown.trigger_history is None and listed.trigger_history is None, shown
    assert listed.to_dict() == shown.to_dict(), (listed, shown)
    seen = (shown.name, shown.enable, shown.condition, shown.creator_name)
    assert seen == ("cart", "true", ".*", READY["user"]), seen

    assert_done(update_trigger("cart", "false"), 201)
    assert show_trigger("cart").enable == "false"
    assert_done(delete_trigger("cart"), 204)
    assert list_triggers() == []
    for act in [show_trigger, delete_trigger, lambda name: update_trigger(name, "true")]:
        with refused(404, "SVCSTG.SWR.4040126", "Not found trigger"):
            act("cart")


@test
def a_push_runs_the_enabled_triggers_that_match():
    seed()
    create_trigger("all")
    create_trigger("tag", "tag", "v2;v3")
    create_trigger("regular", "regular", "^v")
    push("group/one/two", "v1")
    push("group/one/two", "v2", "two")
    update_trigger("all", "false")
    push("group/one/two", "latest", "three")
    assert runs("all") == ["v2", "v1"]
    assert runs("tag") == ["v2"]
    assert runs("regular") == ["v2", "v1"]
    shown = show_trigger("tag")
    assert_complete(shown)
    [run] = shown.trigger_history
    seen = (run.tag, run.result, run.detail, run.application, run.condition)
    assert seen == ("v2", "success", "", "cart-api", "v2;v3"), seen


@test
def a_second_trigger_with_the_same_name_is_refused():
    seed()
    create_trigger()
    with refused(400, "SVCSTG.SWR.4000014", "Invalid param"):
        create_trigger()
    assert len(list_triggers()) == 1


@test
def a_policy_is_created_listed_shown_updated_and_deleted():
    seed()
    assert list_retentions() == []
    assert list_histories() == ([], "0-0/0")
    created = create_retention(3, "^stable$")
    assert_complete(created, 201)
    shown = show_retention(created.id)
    assert_complete(shown)
    [listed] = list_retentions()
    assert listed.to_dict() == shown.to_dict(), (listed, shown)
    [rule] = shown.rules
    seen = (shown.id, shown.algorithm, rule.template, rule.params)
    assert seen == (created.id, "or", "tag_rule", {"num": "3"}), seen
    [selector] = rule.tag_selectors
    assert (selector.kind, selector.pattern) == ("regexp", "^stable$"), selector

    assert_done(update_retention(created.id, 5), 201)
    [rule] = show_retention(created.id).rules
    assert (rule.params, rule.tag_selectors) == ({"num": "5"}, []), rule
    with refused(400, "SVCSTG.SWR.4000014", "Invalid param"):
        create_retention(1)
    assert_done(delete_retention(created.id), 200)
    assert list_retentions() == []
    with refused(400, "SVCSTG.SWR.4000306", "Retention policy not found"):
        show_retention(created.id)


@test
def a_policy_deletes_tags_at_its_creation_and_at_each_push():
    seed()
    for tag, image in [("v1", "one"), ("v1.0.0", "two"), ("v2", "three")]:
        push("group/one/two", tag, image)
    policy = create_retention(1, "^v2.*")
    assert list_tags() == ["v2", "v1.0.0"]
    push("group/one/two", "v3", "one")
    assert list_tags() == ["v3", "v2"]
    assert list_histories() == (["v1.0.0", "v1"], "0-2/2")
    assert list_histories(limit="1", offset="1") == (["v1"], "1-1/2")
    assert list_histories(limit="10", offset="10") == ([], "10-0/2")
    listed = CLIENT.list_retention_histories(swr.ListRetentionHistoriesRequest(filter="limit::1|offset::0", **REPO))
    [row] = listed.retention_log
    seen = (row.namespace, row.repo, row.retention_id, listed.total)
    assert seen == ("group", "one/two", policy.id, 2), seen
    rule = {
        "template": "tag_rule",
        "params": {"num": "1"},
        "tag_selectors": [{"kind": "regexp", "pattern": "^v2.*"}],
    }
    assert json.loads(row.rule_type) == rule, row.rule_type
    delete_retention(policy.id)
    assert list_histories()[0] == ["v1.0.0", "v1"]
