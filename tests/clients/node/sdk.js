/*
 * Drives the official Node SDK.
 *
 * Called by run.sh as `sdk.js READY LOG`: the ready line of `mock-swr serve --auth verified --world tenants.json`, and
 * the request log of that server.
 */
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const { BasicCredentials } = require("@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials");
const { Logger4jInstance } = require("@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger");
const { Region } = require("@huaweicloud/huaweicloud-sdk-core/region/region");
const swr = require("@huaweicloud/huaweicloud-sdk-swr/v2/public-api");

const READY = JSON.parse(process.argv[2]);
const LOG = process.argv[3];
// By name, with the keys that the server was told to give them.
const USERS = JSON.parse(fs.readFileSync(path.join(__dirname, "../tenants.json"), "utf8")).users;

// It writes whatever is refused to stdout.
Logger4jInstance.level = "off";

const TESTS = [];

/** Makes a function one of the tests. */
function test(name, act) {
    TESTS.push([name, act]);
}

/** The SDK's client of an access key, which belongs to the server's own project. */
function clientOf({ access_key: ak, secret_key: sk }) {
    return build(new BasicCredentials({ ak, sk, projectId: READY.project_id }));
}

function build(credentials) {
    return swr.SwrClient.newBuilder().withCredential(credentials).withEndpoint(READY.endpoint).build();
}

/** One that asks IAM for its project. */
function buildInRegion(credentials, region = READY.region) {
    const builder = swr.SwrClient.newBuilder().withCredential(credentials.withIamEndpoint(READY.endpoint));
    return builder.withRegion(new Region(region, READY.endpoint)).build();
}

const CLIENT = clientOf(READY);

/** Asserts that a promise is refused so, as the SDK understands it. */
async function refused(promise, status, code, message) {
    const error = await promise.then(
        () => assert.fail(`expected ${status} ${code}, but it was answered`),
        (error) => error,
    );
    const seen = [error.httpStatusCode, error.errorCode, error.errorMsg];
    assert.deepEqual(seen, [status, code, message], error.stack);
    assert.match(error.requestId, /^[0-9a-f]{32}$/);
}

/** What the request log has of a user's calls of an operation; a line is written a moment after the answer. */
async function calls(operation, label) {
    const last = `seen-${process.hrtime.bigint()}`;
    await listNamespaces(CLIENT, last);
    for (let tries = 0; tries < 100; tries++) {
        const text = fs.readFileSync(LOG, "utf8");
        if (text.includes(last)) {
            const lines = text.split("\n").map((line) => line.replace(/^#\d+ /, ""));
            return lines.filter((line) => line.endsWith(` (${operation} by ${label})`));
        }
        await sleep(50);
    }
    assert.fail("the request log lacks the last request");
}

// Requests, in as few words as the tests need.

function createNamespace(name) {
    const body = new swr.CreateNamespaceRequestBody(name);
    return CLIENT.createNamespace(new swr.CreateNamespaceRequest().withBody(body));
}

async function listNamespaces(client = CLIENT, namespace = undefined) {
    const request = new swr.ListNamespacesRequest();
    const answer = await client.listNamespaces(namespace ? request.withNamespace(namespace) : request);
    assert.equal(answer.httpStatusCode, 200);
    return answer.namespaces.map((row) => row.name);
}

function createRepo(name) {
    const body = new swr.CreateRepoRequestBody(name, false).withDescription("ein Geschäft, 店");
    return CLIENT.createRepo(new swr.CreateRepoRequest().withNamespace("group").withBody(body));
}

function showRepo(name, client = CLIENT) {
    return client.showRepository(new swr.ShowRepositoryRequest().withNamespace("group").withRepository(name));
}

async function listRepos(by) {
    const answer = await CLIENT.listReposDetails(Object.assign(new swr.ListReposDetailsRequest(), by));
    assert.equal(answer.httpStatusCode, 200);
    return answer.map((row) => row.name);
}

function deleteRepo(name) {
    return CLIENT.deleteRepo(new swr.DeleteRepoRequest().withNamespace("group").withRepository(name));
}

/** Deletes everything. */
async function clear() {
    for (const name of await listRepos()) {
        await deleteRepo(name.replaceAll("/", "$"));
    }
    for (const name of await listNamespaces()) {
        await CLIENT.deleteNamespaces(new swr.DeleteNamespacesRequest().withNamespace(name));
    }
}

// The tests. Each begins with nothing there.

test("an organization is created, shown, listed and deleted", async () => {
    assert.equal((await createNamespace("group")).httpStatusCode, 201);
    const shown = await CLIENT.showNamespace(new swr.ShowNamespaceRequest().withNamespace("group"));
    assert.deepEqual([shown.name, shown.creator_name, shown.auth], ["group", READY.user, 7]);
    assert.deepEqual(await listNamespaces(), ["group"]);
    await refused(createNamespace("group"), 409, "SVCSTG.SWR.4090060", "Namespace already exists");
    const deleted = await CLIENT.deleteNamespaces(new swr.DeleteNamespacesRequest().withNamespace("group"));
    assert.equal(deleted.httpStatusCode, 204);
    assert.deepEqual(await listNamespaces(), []);
});

// The SDK puts a name into the path as it is. It signs a second encoding of `%2F`, which it does not send.
for (const written of ["one%2Ftwo", "one$two", "one%24two"]) {
    test(`a nested repository is shown, changed and deleted as ${written}`, async () => {
        await createNamespace("group");
        assert.equal((await createRepo("one/two")).httpStatusCode, 201);
        const shown = await showRepo(written);
        assert.deepEqual(
            [shown.name, shown.description, shown.path, shown.is_public],
            ["one/two", "ein Geschäft, 店", `${READY.registry}/group/one/two`, false],
        );
        assert.deepEqual(await listRepos({ filter: "namespace::group|name::one/two" }), ["one/two"]);
        assert.deepEqual(await listRepos({ name: "one/two", order_column: "name", order_type: "asc" }), ["one/two"]);

        const change = new swr.UpdateRepoRequestBody(true).withDescription("(a) 'b' * c!");
        const update = new swr.UpdateRepoRequest().withNamespace("group").withRepository(written).withBody(change);
        assert.equal((await CLIENT.updateRepo(update)).httpStatusCode, 201);
        const changed = await showRepo(written);
        assert.deepEqual([changed.description, changed.is_public], ["(a) 'b' * c!", true]);

        assert.equal((await deleteRepo(written)).httpStatusCode, 204);
        await refused(showRepo(written), 404, "SVCSTG.SWR.4040113", "Repository does not exist");
        assert.deepEqual(await listRepos(), []);
    });
}

test("permissions are given, and taken away by a body of DELETE", async () => {
    await createNamespace("group");
    const dev = clientOf(USERS.dev);
    const show = () => dev.showNamespace(new swr.ShowNamespaceRequest().withNamespace("group"));
    const barred = () =>
        refused(show(), 403, "SVCSTG.SWR.4037017", "No permission to edit or manage the namespace");
    await barred();
    const grants = [new swr.UserAuth(USERS.dev.id, "dev", 3)];
    const given = new swr.CreateNamespaceAuthRequest().withNamespace("group").withBody(grants);
    assert.equal((await CLIENT.createNamespaceAuth(given)).httpStatusCode, 201);
    assert.equal((await show()).auth, 3);
    const taken = new swr.DeleteNamespaceAuthRequest().withNamespace("group").withBody([USERS.dev.id]);
    assert.equal((await CLIENT.deleteNamespaceAuth(taken)).httpStatusCode, 204);
    await barred();
});

/** The path parameters of the nested repository. */
const REPO = { namespace: "group", repository: "one$two" };

/** A request for the nested repository, with more parameters. */
function ofRepo(request, parameters = {}) {
    return Object.assign(request, REPO, parameters);
}

test("a trigger is created, listed, shown, switched and deleted", async () => {
    await createNamespace("group");
    await createRepo("one/two");
    const list = () => CLIENT.listTriggersDetails(ofRepo(new swr.ListTriggersDetailsRequest()));
    const show = () => CLIENT.showTrigger(ofRepo(new swr.ShowTriggerRequest(), { trigger: "cart" }));
    assert.deepEqual([...(await list())], []);
    const trigger = {
        action: "update",
        app_type: "deployments",
        application: "cart-api",
        cluster_id: "1c2d3e4f",
        cluster_name: "prod",
        cluster_ns: "shop",
        condition: "^v2.*",
        container: "app",
        enable: "true",
        name: "cart",
        trigger_mode: "cce",
        trigger_type: "regular",
    };
    const body = Object.assign(new swr.CreateTriggerRequestBody(), trigger);
    const created = await CLIENT.createTrigger(ofRepo(new swr.CreateTriggerRequest()).withBody(body));
    assert.equal(created.httpStatusCode, 201);
    assert.deepEqual((await list()).map((row) => [row.name, row.trigger_history]), [["cart", null]]);
    const shown = await show();
    for (const [key, value] of Object.entries(trigger)) {
        assert.equal(shown[key], value, key);
    }
    const off = ofRepo(new swr.UpdateTriggerRequest(), { trigger: "cart" });
    off.withBody(new swr.UpdateTriggerRequestBody("false"));
    assert.equal((await CLIENT.updateTrigger(off)).httpStatusCode, 201);
    assert.equal((await show()).enable, "false");
    const deleted = await CLIENT.deleteTrigger(ofRepo(new swr.DeleteTriggerRequest(), { trigger: "cart" }));
    assert.equal(deleted.httpStatusCode, 204);
    await refused(show(), 404, "SVCSTG.SWR.4040126", "Not found trigger");
});

test("a retention policy is created, listed, shown, changed and deleted", async () => {
    await createNamespace("group");
    await createRepo("one/two");
    const list = () => CLIENT.listRetentions(ofRepo(new swr.ListRetentionsRequest()));
    assert.deepEqual([...(await list())], []);
    const rule = (days) => ({
        template: "date_rule",
        params: { days },
        tag_selectors: [{ kind: "label", pattern: "stable" }],
    });
    const body = (days) => ({ algorithm: "or", rules: [rule(days)] });
    const created = await CLIENT.createRetention(ofRepo(new swr.CreateRetentionRequest(), { body: body("30") }));
    assert.equal(created.httpStatusCode, 201);
    assert.equal(typeof created.id, "number");
    const show = () => CLIENT.showRetention(ofRepo(new swr.ShowRetentionRequest()).withRetentionId(created.id));
    assert.deepEqual((await list()).map((row) => [row.id, row.rules]), [[created.id, [rule("30")]]]);
    const change = ofRepo(new swr.UpdateRetentionRequest(), { body: body("7") }).withRetentionId(created.id);
    assert.equal((await CLIENT.updateRetention(change)).httpStatusCode, 201);
    assert.deepEqual((await show()).rules, [rule("7")]);
    const histories = await CLIENT.listRetentionHistories(
        ofRepo(new swr.ListRetentionHistoriesRequest(), { limit: "10", offset: "0" }),
    );
    assert.deepEqual([histories.retention_log, histories.total], [[], 0]);
    const remove = ofRepo(new swr.DeleteRetentionRequest()).withRetentionId(created.id);
    assert.equal((await CLIENT.deleteRetention(remove)).httpStatusCode, 200);
    await refused(show(), 400, "SVCSTG.SWR.4000306", "Retention policy not found");
});

test("a login for a while is answered with its command", async () => {
    const answer = await CLIENT.createSecret(new swr.CreateSecretRequest().withProjectname(READY.region));
    assert.equal(answer.httpStatusCode, 200);
    const words = answer["X-Swr-Dockerlogin"].split(" ");
    assert.deepEqual([words[0], words[1], words[2], words[4]], ["docker", "login", "-u", "-p"]);
    const [user, password, registry] = [words[3], words[5], words[6]];
    assert.equal(registry, READY.registry);
    const auth = Buffer.from(`${user}:${password}`).toString("base64");
    assert.deepEqual(answer.auths, { [registry]: { auth } });
    const opened = await fetch(`http://${registry}/swr/auth/v2/registry/auth/?service=dockyard`, {
        headers: { authorization: `Basic ${auth}` },
    });
    assert.equal(opened.status, 200);
});

test("the project of a region is looked up at IAM", async () => {
    const { access_key: ak, secret_key: sk } = USERS.dev;
    const credentials = new BasicCredentials({ ak, sk });
    const client = buildInRegion(credentials);
    const { quotas } = await client.listQuotas(new swr.ListQuotasRequest());
    assert.deepEqual(quotas.map((row) => [row.quota_key, row.quota_limit]), [["namespace", 5]]);
    assert.equal(credentials.projectId, READY.project_id);
    // A GET with the body `{}`, which is signed.
    const lookedUp = `GET /v3/projects?name=${READY.region} -> 200 (ListProjects by dev)`;
    assert.deepEqual(await calls("ListProjects", "dev"), [lookedUp]);
    const asked = `GET /v2/manage/projects/${READY.project_id}/quotas -> 200 (ListQuotas by dev)`;
    assert.deepEqual(await calls("ListQuotas", "dev"), [asked]);
});

test("a region without a project ends the first call", async () => {
    const { access_key: ak, secret_key: sk } = USERS.ops;
    const client = buildInRegion(new BasicCredentials({ ak, sk }), "xx-nowhere-1");
    await assert.rejects(listNamespaces(client), /the region input is not supported to create project automatically/);
    assert.equal((await calls("ListProjects", "ops")).length, 1);
    assert.deepEqual(await calls("ListRegions", "ops"), ["GET /v3/regions -> 200 (ListRegions by ops)"]);
});

test("a temporary key goes with its security token", async () => {
    await createNamespace("group");
    const { access: ak, secret: sk, securitytoken: securityToken } = await temporaryKey("dev");
    const projectId = READY.project_id;
    // It is dev's, who sees nothing.
    assert.deepEqual(await listNamespaces(build(new BasicCredentials({ ak, sk, securityToken, projectId }))), []);
    assert.deepEqual(await listNamespaces(buildInRegion(new BasicCredentials({ ak, sk, securityToken }))), []);
    for (const wrong of [undefined, "made-up"]) {
        await refused(
            listNamespaces(build(new BasicCredentials({ ak, sk, securityToken: wrong, projectId }))),
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: decrypt token fail",
        );
    }
});

/** Made at IAM with a token, for which a password was shown. */
async function temporaryKey(name) {
    const domain = { name: READY.account };
    const user = { name, password: USERS[name].password, domain };
    const identity = { methods: ["password"], password: { user } };
    const scope = { project: { name: READY.region, domain } };
    const signedIn = await post("/v3/auth/tokens", { auth: { identity, scope } });
    const token = signedIn.headers.get("x-subject-token");
    const body = { auth: { identity: { methods: ["token"], token: { duration_seconds: 900 } } } };
    const made = await post("/v3.0/OS-CREDENTIAL/securitytokens", body, { "x-auth-token": token });
    return (await made.json()).credential;
}

async function post(path, body, headers = {}) {
    const answer = await fetch(READY.endpoint + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
    });
    assert.equal(answer.status, 201, path);
    return answer;
}

test("a wrong secret key and an unknown access key are refused by the gateway", async () => {
    const prefix = "Incorrect IAM authentication information: ";
    const wrong = clientOf({ access_key: READY.access_key, secret_key: "wrong" });
    await refused(listNamespaces(wrong), 401, "APIGW.0301", `${prefix}verify aksk signature fail`);
    const unknown = clientOf({ access_key: "NOBODYSKEY", secret_key: "wrong" });
    await refused(listNamespaces(unknown), 401, "APIGW.0301", `${prefix}Unauthorized`);
});

async function run() {
    let failed = 0;
    for (const [name, act] of TESTS) {
        try {
            await clear();
            await act();
            console.log(`${name} ok`);
        } catch (error) {
            failed += 1;
            console.log(`${name} FAILED\n${error.stack}`);
        }
    }
    console.log(`${TESTS.length - failed} passed, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
}

run();
