using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Testing;

namespace RecordingService.Api.Tests;

public sealed class DiagnosisTests(ApiFixture fixture, ApiPostgres postgres) : IClassFixture<ApiFixture>
{
    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_DiagnosisOfANewRecording_IsEmptyAndSaysSo()
    {
        var id = await fixture.Api.RecordAsync("fresh");

        var diagnosis = await DiagnoseAsync(fixture.Api, id);

        diagnosis
            .GetRawText()
            .ShouldBe(
                $$"""{"recordingId":"{{id}}","state":"accepted","summary":"Nothing is wrong so far: the request is stored, and its first call to Agora is due.","causes":[]}"""
            );
    }

    [Theory]
    [InlineData("019900b7-e200-7cc1-9d6e-0f2b7c1d8a11")]
    [InlineData("nobody")]
    [Trait("Rule", "S12")]
    public async Task S12_DiagnosisOfAnUnknownRecording_IsNotFound(string id)
    {
        using var answer = await fixture.Api.GetAsync($"/v1/recordings/{id}/diagnosis");

        await answer.ShouldBeAsync(Problem.NotFound);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_DiagnosisOfARefusedCall_TellsTheAnswerFromTheTimeline()
    {
        var id = await fixture.Api.RecordAsync("refused");
        await fixture.Api.HappensAsync(
            $$$"""
            update recording.recordings set document = '{"reason":{"code":"project_suspended","message":"Agora refused the credentials.","advice":"Check them."}}' where id = '{{{id}}}';
            insert into recording.log (recording_id, generation, kind, message, detail, at, last_at, count) values
              ('{{{id}}}', 1, 'Answer', 'Put off by 30 s: Agora refused the credentials.',
               '{"operation":"acquire","host":"api.agora.io","httpStatus":401,"failure":"Unauthorized","durationMs":80}',
               '2026-09-01T12:00:01Z', '2026-09-01T12:05:01Z', 11)
            """
        );

        var cause = (await DiagnoseAsync(fixture.Api, id)).GetProperty("causes")[0];

        cause.GetProperty("code").GetString().ShouldBe("projectSuspended");
        cause.GetProperty("confidence").GetString().ShouldBe("certain");
        cause
            .EnumerateObject()
            .Select(member => member.Name)
            .ShouldBe(["code", "title", "explanation", "confidence", "evidence", "advice"]);
        var fact = cause.GetProperty("evidence")[0];
        fact.GetProperty("at").GetDateTimeOffset().ShouldBe(new(2026, 9, 1, 12, 0, 1, TimeSpan.Zero));
        fact.GetProperty("generation").GetInt32().ShouldBe(1);
        fact.GetProperty("fact")
            .GetString()
            .ShouldBe(
                "acquire was answered with HTTP 401, 11 times until 2026-09-01T12:05:01Z: Put off by 30 s: Agora refused the credentials."
            );
    }

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_BucketThatRefusesTheSmallWrite_IsTheFirstCauseAndNamesTheField()
    {
        await using var store = await StartStoreAsync();
        await using var api = await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            settings: new Dictionary<string, string?>
            {
                ["Storage:Profiles:Lessons:Probe"] = "true",
                ["Storage:Profiles:Lessons:Access:ServiceUrl"] = store.Urls.Single(),
                ["Storage:Profiles:Lessons:Access:ForcePathStyle"] = "true",
            }
        );
        var id = await api.RecordAsync("unwritable");

        var cause = await Eventually.BecomesAsync(
            async () =>
                (await DiagnoseAsync(api, id)).GetProperty("causes") is { } causes && causes.GetArrayLength() > 0 ? causes[0] : default,
            first => first.ValueKind == JsonValueKind.Object
        );

        cause.GetProperty("code").GetString().ShouldBe("storageRefused");
        cause.GetProperty("title").GetString().ShouldBe("The storage profile is wrong: accessKey");
        cause.GetProperty("advice").GetString()!.ShouldStartWith("Correct Storage:Profiles:Lessons:accessKey. ");
        cause.GetRawText().ShouldNotContain(RecordingService.LocalStack.Processes.DemoAccount.SecretKey);
    }

    /// <summary>A store that knows no access key.</summary>
    private static async Task<WebApplication> StartStoreAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var store = builder.Build();
        store.Run(http =>
        {
            http.Response.StatusCode = (int)HttpStatusCode.Forbidden;
            http.Response.ContentType = "application/xml";
            return http.Response.WriteAsync("<Error><Code>InvalidAccessKeyId</Code><Message>Unknown key.</Message></Error>");
        });
        await store.StartAsync(TestContext.Current.CancellationToken);
        return store;
    }

    private static async Task<JsonElement> DiagnoseAsync(TestApi api, Guid id)
    {
        using var answer = await api.GetAsync($"/v1/recordings/{id}/diagnosis");
        return await answer.ShouldBeAsync(200);
    }
}
