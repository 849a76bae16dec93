using System.Text.Json;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

/// <summary>What operators do to one recording, as it is stored; nobody holds the recordings here, so nothing follows from it.</summary>
public sealed class OperatorTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private const string Body = """{"operator":"Grace","note":"the picture is \"black\""}""";

    private readonly TestApi api = fixture.Api;

    [Theory]
    [InlineData("recheck")]
    [InlineData("replace")]
    [InlineData("close")]
    public async Task Action_IsStoredAsAnInput_ToldWithOperatorAndNote_AndWakesTheHolder(string action)
    {
        var id = await api.RecordAsync($"stored-{action}");

        var answer = await (await ActAsync(id, action)).ShouldBeAsync(202);

        answer.GetProperty("id").GetGuid().ShouldBe(id);
        var input = await InputAsync(id);
        input.GetProperty("action").GetString().ShouldBe($"{char.ToUpperInvariant(action[0])}{action[1..]}");
        input.GetProperty("operator").GetString().ShouldBe("Grace");
        input.GetProperty("note").GetString().ShouldBe("the picture is \"black\"");
        (await ScheduleAsync(id)).ShouldBe("1 signals, priority 0, due");
        var line = (await (await api.GetAsync($"/v1/recordings/{id}/timeline")).ShouldBeAsync(200))
            .GetProperty("items")
            .EnumerateArray()
            .Last();
        line.GetProperty("kind").GetString().ShouldBe("request");
        line.GetProperty("message").GetString().ShouldBe($"Operator Grace asked to {action} it: the picture is \"black\"");
        var detail = line.GetProperty("detail");
        detail.GetProperty("operator").GetString().ShouldBe("Grace");
        detail.GetProperty("action").GetString().ShouldBe(action);
        detail.GetProperty("note").GetString().ShouldBe("the picture is \"black\"");
        detail.GetProperty("caller").GetString().ShouldBe(TestKey.Caller);
    }

    [Theory]
    [InlineData("""{"note":"why"}""", "operator", "is required.")]
    [InlineData("""{"operator":"Grace"}""", "note", "is required.")]
    [InlineData("""{"operator":null,"note":"why"}""", "operator", "is required.")]
    [InlineData("""{"operator":"","note":"why"}""", "operator", "must be 1 to 100 characters")]
    [InlineData("""{"operator":" ","note":"why"}""", "operator", "must be 1 to 100 characters")]
    [InlineData("""{"operator":"Gr\u0007ace","note":"why"}""", "operator", "must be 1 to 100 characters")]
    [InlineData("""{"operator":7,"note":"why"}""", "operator", "must be a JSON string")]
    [InlineData("""{"operator":"Grace","note":""}""", "note", "must be 1 to 500 characters")]
    [InlineData("""{"operator":"Grace","note":"two\nlines"}""", "note", "must be 1 to 500 characters")]
    [InlineData("""{"operator":"Grace","note":"nul \u0000"}""", "note", "must be 1 to 500 characters")]
    [InlineData("""{"operator":"Grace","note":"why","force":true}""", "force", "is not known here")]
    public async Task Action_WithAFaultyBody_IsRefusedByItsMember(string body, string field, string rule)
    {
        var id = await api.RecordAsync($"faulty-{Guid.NewGuid()}");
        var before = await api.CountRowsAsync();

        foreach (var action in new[] { "recheck", "replace", "close" })
        {
            var problem = await (await api.PostAsync($"/v1/recordings/{id}/{action}", body)).ShouldBeAsync(Problem.InvalidRequest);

            var violation = problem.Violations!.ShouldHaveSingleItem();
            violation.Field.ShouldBe(field);
            violation.Rule.ShouldStartWith(rule);
        }

        (await api.CountRowsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Action_WithSeveralFaults_TellsAllOfThem()
    {
        var problem = await (
            await api.PostAsync(
                $"/v1/recordings/{Guid.Empty}/close",
                $$"""{"operator":"{{new string('o', 101)}}","note":"{{new string('n', 501)}}"}""",
                ("Idempotency-Key", "with blanks"),
                ("Prefer", "wait=soon")
            )
        ).ShouldBeAsync(Problem.InvalidRequest);

        problem.Violations!.Select(violation => violation.Field).ShouldBe(["Idempotency-Key", "Prefer", "operator", "note"]);
    }

    [Fact]
    public async Task Action_AtTheLimits_IsTaken()
    {
        var id = await api.RecordAsync("limits");

        using var answer = await api.PostAsync(
            $"/v1/recordings/{id}/recheck",
            $$"""{"operator":"{{new string('ö', 100)}}","note":"{{new string('n', 500)}}"}"""
        );

        await answer.ShouldBeAsync(202);
    }

    [Theory]
    [InlineData("019900b7-e200-7cc1-9d6e-0f2b7c1d8a11")]
    [InlineData("1")]
    public async Task Action_OfAnUnknownRecording_IsNotFound(string id) =>
        await (await api.PostAsync($"/v1/recordings/{id}/recheck", Body)).ShouldBeAsync(Problem.NotFound);

    [Theory]
    [InlineData("recheck", "Completed", false)]
    [InlineData("recheck", "Uploading", true)]
    [InlineData("recheck", "Orphan", true)]
    [InlineData("replace", "Stopping", false)]
    [InlineData("replace", "Uploading", false)]
    [InlineData("replace", "Completed", false)]
    [InlineData("replace", "Orphan", false)]
    [InlineData("close", "Stopping", true)]
    [InlineData("close", "Uploading", true)]
    [InlineData("close", "Completed", false)]
    [InlineData("close", "Orphan", false)]
    public async Task Action_WhereItMakesNoSense_TellsTheStatesThatAllowIt(string action, string state, bool allowed)
    {
        var id = await api.RecordAsync($"{action}-in-{state}");
        await BecomesAsync(id, state);
        var before = await api.CountRowsAsync();

        using var answer = await ActAsync(id, action);

        if (allowed)
        {
            await answer.ShouldBeAsync(202);
            return;
        }

        var problem = await answer.ShouldBeAsync(Problem.NotInThisState);
        problem.Detail.ShouldContain(
            action switch
            {
                "recheck" =>
                    "It can be rechecked while it is accepted, starting, recording, recovering, stopping or uploading, and afterwards",
                "replace" => "It can be given another recorder while it is accepted, starting, recording or recovering.",
                _ => "It can be closed while it is accepted, starting, recording, recovering, stopping or uploading.",
            }
        );
        (await api.CountRowsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Action_OfARecordingWithoutWorkLeft_MakesItsScheduleAnew()
    {
        var id = await api.RecordAsync("orphan-asleep");
        await BecomesAsync(id, "Orphan");
        await api.HappensAsync($"delete from recording.schedule where recording_id = '{id}'");

        await (await ActAsync(id, "recheck")).ShouldBeAsync(202);

        (await ScheduleAsync(id)).ShouldBe("1 signals, priority 0, due");
    }

    [Fact]
    public async Task Action_WithoutAKey_CountsEachTime()
    {
        var id = await api.RecordAsync("no-key");

        await (await ActAsync(id, "recheck")).ShouldBeAsync(202);
        await (await ActAsync(id, "recheck")).ShouldBeAsync(202);

        (await CountInputsAsync(id)).ShouldBe(2);
    }

    [Fact]
    public async Task Action_RepeatedWithItsKey_IsStoredOnce()
    {
        var id = await api.RecordAsync("repeated");

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => ActAsync(id, "replace", Body, ("Idempotency-Key", "replace-once")))
        );

        foreach (var answer in answers)
        {
            await answer.ShouldBeAsync(202);
        }

        (await CountInputsAsync(id)).ShouldBe(1);
        (
            await api.ReadAsync<long>($"select count(*) from recording.log where recording_id = '{id}' and message like 'Operator Grace%'")
        ).ShouldBe(1);
    }

    [Fact]
    public async Task Action_RepeatedWithItsKeyAfterTheEndThatItBrought_IsAnsweredAsBefore()
    {
        var id = await api.RecordAsync("closed-twice");
        await (await ActAsync(id, "close", Body, ("Idempotency-Key", "close-once"))).ShouldBeAsync(202);
        await BecomesAsync(id, "Completed");

        await (await ActAsync(id, "close", Body, ("Idempotency-Key", "close-once"))).ShouldBeAsync(200);
        await (await ActAsync(id, "close")).ShouldBeAsync(Problem.NotInThisState);

        (await CountInputsAsync(id)).ShouldBe(1);
    }

    /// <summary>Done is what came to its end after the first request, whatever was before it and however often it is repeated.</summary>
    [Theory]
    [InlineData("recheck", "'recheckedAt', now() - interval '1 day'", 202)]
    [InlineData("recheck", "'recheckIsOpen', true, 'inFlight', 'Query'", 202)]
    [InlineData("recheck", "'recheckIsOpen', true, 'dueAt', now() + interval '1 minute'", 202)]
    [InlineData("recheck", "'recheckedAt', now()", 200)]
    [InlineData("replace", "'phase', 'Recording', 'provenAt', now() - interval '1 day'", 202)]
    [InlineData("replace", "'phase', 'Recording', 'provenAt', now(), 'replacedBy', 2", 202)]
    [InlineData("replace", "'phase', 'Proving'", 202)]
    [InlineData("replace", "'phase', 'Recording', 'provenAt', now()", 200)]
    public async Task Action_RepeatedWithItsKey_IsDoneWhenItHasComeToItsEnd(string action, string run, int status)
    {
        var id = await api.RecordAsync($"{action}-{Guid.NewGuid()}");
        var key = ("Idempotency-Key", $"{Guid.NewGuid()}");
        await (await ActAsync(id, action, Body, key)).ShouldBeAsync(202);
        await api.HappensAsync($"update recording.runs set document = document || jsonb_build_object({run}) where recording_id = '{id}'");

        await (await ActAsync(id, action, Body, key)).ShouldBeAsync(status);
    }

    [Theory]
    [InlineData("recheck", """{"operator":"Grace","note":"another"}""")]
    [InlineData("recheck", """{"operator":"Ada","note":"why"}""")]
    [InlineData("replace", """{"operator":"Grace","note":"why"}""")]
    public async Task Key_ThatStandsForAnotherRequest_IsRefused(string action, string body)
    {
        var key = ("Idempotency-Key", $"{Guid.NewGuid()}");
        var id = await api.RecordAsync($"other-{Guid.NewGuid()}");
        await (await ActAsync(id, "recheck", """{"operator":"Grace","note":"why"}""", key)).ShouldBeAsync(202);
        var before = await api.CountRowsAsync();

        using var answer = await ActAsync(id, action, body, key);

        (await answer.ShouldBeAsync(Problem.KeyReused)).RecordingId.ShouldBe(id);
        answer.Headers.Location!.OriginalString.ShouldBe($"/v1/recordings/{id}");
        (await api.CountRowsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Key_OfAStart_IsNoKeyOfAnAction_NorTheOtherWayRound()
    {
        const string start = """{"channel":"key-of-a-start","roomType":"lecture"}""";
        using var started = await api.PostAsync("/v1/recordings", start, ("Idempotency-Key", "of-a-start"));
        var id = (await started.ShouldBeAsync(202)).GetProperty("id").GetGuid();

        await (await ActAsync(id, "recheck", Body, ("Idempotency-Key", "of-a-start"))).ShouldBeAsync(Problem.KeyReused);
        await (await ActAsync(id, "recheck", Body, ("Idempotency-Key", "of-an-action"))).ShouldBeAsync(202);
        await (
            await api.PostAsync("/v1/recordings", start.Replace("key-of", "other-key-of"), ("Idempotency-Key", "of-an-action"))
        ).ShouldBeAsync(Problem.KeyReused);
    }

    [Fact]
    public async Task Key_OfAnotherRecording_IsRefused()
    {
        var (one, other) = (await api.RecordAsync("key-one"), await api.RecordAsync("key-other"));
        await (await ActAsync(one, "recheck", Body, ("Idempotency-Key", "of-one"))).ShouldBeAsync(202);

        using var answer = await ActAsync(other, "recheck", Body, ("Idempotency-Key", "of-one"));

        (await answer.ShouldBeAsync(Problem.KeyReused)).RecordingId.ShouldBe(one);
        (await CountInputsAsync(other)).ShouldBe(0);
    }

    [Fact]
    public async Task Action_WithWait_AnswersWhenTheTimeIsUp()
    {
        var id = await api.RecordAsync("action-wait");

        using var answer = await ActAsync(id, "recheck", Body, ("Prefer", "wait=1"));

        await answer.ShouldBeAsync(202);
        answer.Headers.GetValues("Preference-Applied").ShouldBe(["wait=1"]);
    }

    private Task<HttpResponseMessage> ActAsync(Guid id, string action, string body = Body, params (string Name, string Value)[] headers) =>
        api.PostAsync($"/v1/recordings/{id}/{action}", body, headers);

    private async Task<JsonElement> InputAsync(Guid id) =>
        JsonDocument
            .Parse(
                await api.ReadAsync<string>($"select body::text from recording.inputs where recording_id = '{id}' and kind = 'operator'")
            )
            .RootElement;

    private Task<long> CountInputsAsync(Guid id) =>
        api.ReadAsync<long>($"select count(*) from recording.inputs where recording_id = '{id}'");

    private Task<string> ScheduleAsync(Guid id) =>
        api.ReadAsync<string>(
            $"""
            select format('%s signals, priority %s, %s', signal_seq, priority, case when due_at <= now() then 'due' else 'later' end)
            from recording.schedule where recording_id = '{id}'
            """
        );

    /// <summary>What only the orchestrator and Agora could bring about.</summary>
    private async Task BecomesAsync(Guid id, string state)
    {
        const string stopped = """{"stop":{"reason":"Requested","at":"2026-09-01T08:00:00Z"}}""";
        var (phase, files) = state switch
        {
            "Stopping" => ("Stopping", "Pending"),
            "Uploading" => ("Uploading", "Pending"),
            "Completed" => ("Closed", "Complete"),
            _ => ("Orphaned", "NotVerified"),
        };
        await api.HappensAsync($"update recording.recordings set document = '{stopped}', confirmed_at = accepted_at where id = '{id}'");
        await api.HappensAsync(
            $$"""update recording.runs set document = document || '{"phase":"{{phase}}","files":"{{files}}"}' where recording_id = '{{id}}'"""
        );
        if (state != "Stopping")
        {
            await api.EndAsync(id);
        }
    }
}
