/*
 * Tests mock-swr with the official Node SDK.
 *
 * run.sh calls it as `sdk.js READY LOG`: the ready line of a server with tenants.json and two other regions, which
 * verifies signatures, and the request log of that server.
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
// The users of the server's world file by name, with their keys.
const USERS = JSON.parse(fs.readFileSync(path.join(__dirname, "../tenants.json"), "utf8")).users;

// The SDK logs every refused request to stdout.
Logger4jInstance.level = "off";

const TESTS = [];

/** Registers a function as a test. */
function test(name, act) {
    TESTS.push([name, act]);
}

/** Returns a client with an access key, for a region: the ready line, or one of its `regions`. */
function clientOf({ access_key: ak, secret_key: sk }, { project_id: projectId, endpoint } = READY) {
    return build(new BasicCredentials({ ak, sk, projectId }), endpoint);
}

function build(credentials, endpoint = READY.endpoint) {
    return swr.SwrClient.newBuilder().withCredential(credentials).withEndpoint(endpoint).build();
}

/** Returns a client that looks up its project at IAM. */
function buildInRegion(credentials, region = READY.region) {
    const builder = swr.SwrClient.newBuilder().withCredential(credentials.withIamEndpoint(READY.endpoint));
    return builder.withRegion(new Region(region, READY.endpoint)).build();
}

const CLIENT = clientOf(READY);
// The region that images are copied to, and the region where the world file has a repository.
const EAST = clientOf(READY, READY.regions["cn-east-3"]);
const SOUTH = clientOf(READY, READY.regions["cn-south-1"]);

/** Asserts that a promise is rejected with this error of the SDK. */
async function refused(promise, status, code, message) {
    const error = await promise.then(
        () => assert.fail(`expected ${status} ${code}, but the request succeeded`),
        (error) => error,
    );
    const seen = [error.httpStatusCode, error.errorCode, error.errorMsg];
    assert.deepEqual(seen, [status, code, message], error.stack);
    assert.match(error.requestId, /^[0-9a-f]{32}$/);
}

/** Returns the lines of the request log for a user's calls of an operation. The server logs after it responds. */
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
    assert.fail(`the request log has no line with ${last} after 5 s`);
}

// Functions that send requests.

function createNamespace(name, client = CLIENT) {
    const body = new swr.CreateNamespaceRequestBody(name);
    return client.createNamespace(new swr.CreateNamespaceRequest().withBody(body));
}

async function listNamespaces(client = CLIENT, namespace = undefined) {
    const request = new swr.ListNamespacesRequest();
    const response = await client.listNamespaces(namespace ? request.withNamespace(namespace) : request);
    assert.equal(response.httpStatusCode, 200);
    return response.namespaces.map((row) => row.name);
}

function createRepo(name) {
    const body = new swr.CreateRepoRequestBody(name, false).withDescription("ein Geschäft, 店");
    return CLIENT.createRepo(new swr.CreateRepoRequest().withNamespace("group").withBody(body));
}

function showRepo(name, client = CLIENT) {
    return client.showRepository(new swr.ShowRepositoryRequest().withNamespace("group").withRepository(name));
}

async function listRepos(by) {
    const response = await CLIENT.listReposDetails(Object.assign(new swr.ListReposDetailsRequest(), by));
    assert.equal(response.httpStatusCode, 200);
    return response.map((row) => row.name);
}

function deleteRepo(name) {
    return CLIENT.deleteRepo(new swr.DeleteRepoRequest().withNamespace("group").withRepository(name));
}

/** Deletes all data of the server's own region and of the region that images are copied to. */
async function clear() {
    for (const client of [CLIENT, EAST]) {
        for (const { namespace, name } of await client.listReposDetails(new swr.ListReposDetailsRequest())) {
            const repository = name.replaceAll("/", "$");
            await client.deleteRepo(Object.assign(new swr.DeleteRepoRequest(), { namespace, repository }));
        }
        for (const name of await listNamespaces(client)) {
            await client.deleteNamespaces(new swr.DeleteNamespacesRequest().withNamespace(name));
        }
    }
}

// The tests. Each one starts without data.

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

// The SDK inserts a name into the path unchanged. It signs `%2F` encoded a second time, but sends it unchanged.
for (const written of ["one%2Ftwo", "one$two", "one%24two"]) {
    test(`a nested repository is shown, updated and deleted as ${written}`, async () => {
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

test("permissions are granted, and revoked by a DELETE with a body", async () => {
    await createNamespace("group");
    const dev = clientOf(USERS.dev);
    const show = () => dev.showNamespace(new swr.ShowNamespaceRequest().withNamespace("group"));
    const assertDenied = () =>
        refused(show(), 403, "SVCSTG.SWR.4037017", "No permission to edit or manage the namespace");
    await assertDenied();
    const grants = [new swr.UserAuth(USERS.dev.id, "dev", 3)];
    const create = new swr.CreateNamespaceAuthRequest().withNamespace("group").withBody(grants);
    assert.equal((await CLIENT.createNamespaceAuth(create)).httpStatusCode, 201);
    assert.equal((await show()).auth, 3);
    const remove = new swr.DeleteNamespaceAuthRequest().withNamespace("group").withBody([USERS.dev.id]);
    assert.equal((await CLIENT.deleteNamespaceAuth(remove)).httpStatusCode, 204);
    await assertDenied();
});

/** The path parameters of the nested repository. */
const REPO = { namespace: "group", repository: "one$two" };

/** Adds the path parameters of the nested repository, and others, to a request. */
function ofRepo(request, parameters = {}) {
    return Object.assign(request, REPO, parameters);
}

test("a trigger is created, listed, shown, disabled and deleted", async () => {
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

test("a retention policy is created, listed, shown, updated and deleted", async () => {
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

/** The target of copies, as keys of a request body. */
const TARGET = { remoteRegionId: "cn-east-3", remoteNamespace: "copies" };

function createRule(fields = {}) {
    const body = Object.assign(new swr.CreateImageSyncRepoRequestBody(), TARGET, fields);
    return CLIENT.createImageSyncRepo(ofRepo(new swr.CreateImageSyncRepoRequest()).withBody(body));
}

function deleteRule() {
    const body = Object.assign(new swr.DeleteImageSyncRepoRequestBody(), TARGET);
    return CLIENT.deleteImageSyncRepo(ofRepo(new swr.DeleteImageSyncRepoRequest()).withBody(body));
}

function copy(client, repo, fields) {
    const body = Object.assign(new swr.CreateManualImageSyncRepoRequestBody(), TARGET, fields);
    const request = Object.assign(new swr.CreateManualImageSyncRepoRequest(), repo).withBody(body);
    return client.createManualImageSyncRepo(request);
}

test("a rule is created, listed and deleted", async () => {
    await createNamespace("group");
    await createRepo("one/two");
    const list = async () => {
        const request = ofRepo(new swr.ListImageAutoSyncReposDetailsRequest());
        return [...(await CLIENT.listImageAutoSyncReposDetails(request))];
    };
    assert.deepEqual(await list(), []);
    assert.equal((await createRule({ syncAuto: true, override: true })).httpStatusCode, 200);
    const [rule, ...others] = await list();
    assert.deepEqual(others, []);
    const { createdAt, updatedAt, id, ...rest } = rule;
    assert.deepEqual(rest, {
        ...TARGET,
        domainID: READY.domain_id,
        domainName: READY.account,
        namespace: "group",
        override: true,
        repoName: "one/two",
        syncAuto: true,
    });
    assert.deepEqual([typeof id, createdAt], ["number", updatedAt]);
    await refused(createRule({ syncAuto: true }), 400, "SVCSTG.SWR.4000014", "Invalid param");
    assert.equal((await deleteRule()).httpStatusCode, 200);
    assert.deepEqual(await list(), []);
    await refused(deleteRule(), 400, "SVCSTG.SWR.4001158", "Sync rule not found");
});

test("an unknown region is refused", async () => {
    await createNamespace("group");
    await createRepo("one/two");
    const unknown = { remoteRegionId: "xx-nowhere-1" };
    await refused(createRule(unknown), 500, "SVCSTG.SWR.5001101", "Internal error");
    const copied = copy(CLIENT, REPO, { imageTag: ["v1"], ...unknown });
    await refused(copied, 500, "SVCSTG.SWR.5001101", "Internal error");
});

test("images are copied to another region", async () => {
    await createNamespace("copies", EAST);
    const repo = { namespace: "south", repository: "web" };
    const jobs = async (filter = "limit::10|offset::0") => {
        const listed = await SOUTH.showSyncJob(Object.assign(new swr.ShowSyncJobRequest(), repo, { filter }));
        assert.equal(listed.httpStatusCode, 200);
        return listed.map((job) => [job.tag, job.status]);
    };
    // The world file has a job under way. Each request shows its next state.
    for (const status of ["waiting", "running", "success", "success"]) {
        assert.deepEqual(await jobs(), [["v1", status]]);
    }
    const copied = await copy(SOUTH, repo, { imageTag: ["v1"] });
    assert.deepEqual([[...copied], copied.httpStatusCode], [[], 200]);
    // The rule of the world file copies each new tag.
    const body = new swr.CreateRepoTagRequestBody("v1", "v2");
    await SOUTH.createRepoTag(Object.assign(new swr.CreateRepoTagRequest(), repo).withBody(body));
    assert.deepEqual(await jobs("limit::2|offset::0"), [["v2", "success"], ["v1", "existed"]]);
    assert.deepEqual(await jobs("limit::2|offset::0|order::asc"), [["v1", "success"], ["v1", "existed"]]);
    assert.deepEqual(await jobs("limit::2|offset::2"), [["v1", "success"]]);
    assert.deepEqual(await jobs("limit::2|offset::4"), []);
    const tags = async (client, namespace) => {
        const request = Object.assign(new swr.ListRepositoryTagsRequest(), { ...repo, namespace });
        return (await client.listRepositoryTags(request)).map((row) => [row.Tag, row.digest]);
    };
    const source = await tags(SOUTH, "south");
    assert.deepEqual(source.map(([tag]) => tag), ["v2", "v1"]);
    assert.deepEqual(await tags(EAST, "copies"), source);
});

test("a temporary login has its command", async () => {
    const response = await CLIENT.createSecret(new swr.CreateSecretRequest().withProjectname(READY.region));
    assert.equal(response.httpStatusCode, 200);
    const words = response["X-Swr-Dockerlogin"].split(" ");
    assert.deepEqual([words[0], words[1], words[2], words[4]], ["docker", "login", "-u", "-p"]);
    const [user, password, registry] = [words[3], words[5], words[6]];
    assert.equal(registry, READY.registry);
    const auth = Buffer.from(`${user}:${password}`).toString("base64");
    assert.deepEqual(response.auths, { [registry]: { auth } });
    const accepted = await fetch(`http://${registry}/swr/auth/v2/registry/auth/?service=dockyard`, {
        headers: { authorization: `Basic ${auth}` },
    });
    assert.equal(accepted.status, 200);
});

test("the project of a region is looked up at IAM", async () => {
    const { access_key: ak, secret_key: sk } = USERS.dev;
    const credentials = new BasicCredentials({ ak, sk });
    const client = buildInRegion(credentials);
    const { quotas } = await client.listQuotas(new swr.ListQuotasRequest());
    assert.deepEqual(quotas.map((row) => [row.quota_key, row.quota_limit]), [["namespace", 5]]);
    assert.equal(credentials.projectId, READY.project_id);
    // The SDK sends and signs a GET with the body `{}`.
    const lookedUp = `GET /v3/projects?name=${READY.region} -> 200 (ListProjects by dev)`;
    assert.deepEqual(await calls("ListProjects", "dev"), [lookedUp]);
    const quotasCall = `GET /v2/manage/projects/${READY.project_id}/quotas -> 200 (ListQuotas by dev)`;
    assert.deepEqual(await calls("ListQuotas", "dev"), [quotasCall]);
});

test("the first call fails if the region has no project", async () => {
    const { access_key: ak, secret_key: sk } = USERS.ops;
    const client = buildInRegion(new BasicCredentials({ ak, sk }), "xx-nowhere-1");
    await assert.rejects(listNamespaces(client), /the region input is not supported to create project automatically/);
    assert.equal((await calls("ListProjects", "ops")).length, 1);
    assert.deepEqual(await calls("ListRegions", "ops"), ["GET /v3/regions -> 200 (ListRegions by ops)"]);
});

test("a temporary key works only with its security token", async () => {
    await createNamespace("group");
    const { access: ak, secret: sk, securitytoken: securityToken } = await temporaryKey("dev");
    const projectId = READY.project_id;
    // The key belongs to dev, who has no permissions.
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

/** Creates a temporary key at IAM, with a token for a user's password. */
async function temporaryKey(name) {
    const domain = { name: READY.account };
    const user = { name, password: USERS[name].password, domain };
    const identity = { methods: ["password"], password: { user } };
    const scope = { project: { name: READY.region, domain } };
    const signedIn = await post("/v3/auth/tokens", { auth: { identity, scope } });
    const token = signedIn.headers.get("x-subject-token");
    const body = { auth: { identity: { methods: ["token"], token: { duration_seconds: 900 } } } };
    const created = await post("/v3.0/OS-CREDENTIAL/securitytokens", body, { "x-auth-token": token });
    return (await created.json()).credential;
}

async function post(path, body, headers = {}) {
    const response = await fetch(READY.endpoint + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
    });
    assert.equal(response.status, 201, path);
    return response;
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
