using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

/// <summary>What operators see of projects and storage profiles.</summary>
public sealed class ConfigurationTests(ApiPostgres postgres)
{
    private const string ChinaBucket = "Storage:Profiles:Lessons:";

    [Fact]
    public async Task Projects_Listed_TellWhatIsThereAndShowNoSecret()
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());

        using var answer = await api.GetAsync("/v1/projects");
        var project = (await answer.ShouldBeAsync(200)).GetProperty("items")[0];

        project.GetProperty("name").GetString().ShouldBe("school");
        project.GetProperty("ready").GetBoolean().ShouldBeTrue();
        project.GetProperty("mintsTokens").GetBoolean().ShouldBeTrue();
        var requests = project.GetProperty("requests");
        requests.GetProperty("perSecond").GetDouble().ShouldBe(0.95 * project.GetProperty("requestsPerSecond").GetInt32(), 0.01);
        requests.GetProperty("waiting").GetInt32().ShouldBe(0);
        requests.GetProperty("monitoringInterval").GetString().ShouldBe("PT2M");
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain(
            LocalStack.Processes.DemoAccount.CustomerSecret
        );
    }

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_ProjectWithoutStorageProfile_IsShownAsNotReady()
    {
        await using var api = await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            settings: new Dictionary<string, string?> { ["Agora:Projects:School:StorageProfile"] = null }
        );

        using var answer = await api.GetAsync("/v1/projects");
        var project = (await answer.ShouldBeAsync(200)).GetProperty("items")[0];

        project.GetProperty("ready").GetBoolean().ShouldBeFalse();
        project.GetProperty("faults")[0].GetString()!.ShouldContain("StorageProfile");
    }

    [Fact]
    [Trait("Rule", "S14")]
    public async Task S14_BucketAcrossTheBorder_IsToldWithProfileProjectAndEachRecording()
    {
        await using var api = await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            settings: new Dictionary<string, string?>
            {
                ["Agora:Projects:School:Hosts:0"] = null,
                [$"{ChinaBucket}Vendor"] = "AlibabaOss",
                [$"{ChinaBucket}Region"] = "CN_Beijing",
                [$"{ChinaBucket}AccessKey"] = "LTAI5tExampleExampleExam",
                [$"{ChinaBucket}SecretKey"] = new string('s', 30),
            }
        );

        using var profiles = await api.GetAsync("/v1/storage-profiles");
        using var projects = await api.GetAsync("/v1/projects");
        var id = await api.RecordAsync("far");
        using var recording = await api.GetAsync($"/v1/recordings/{id}");

        var profile = (await profiles.ShouldBeAsync(200)).GetProperty("items")[0];
        profile.GetProperty("area").GetString().ShouldBe("chinaMainland");
        profile.GetProperty("warnings")[0].GetString()!.ShouldContain("api.sd-rtn.com");
        (await projects.ShouldBeAsync(200)).GetProperty("items")[0].GetProperty("warnings")[0].GetString()!.ShouldContain("api.sd-rtn.com");
        (await recording.ShouldBeAsync(200)).GetProperty("storageWarning").GetString()!.ShouldContain("api.sd-rtn.com");
    }

    [Fact]
    public async Task Start_SecondWithOtherMetadata_IsRefusedNamingIt()
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());
        await api.RecordAsync("same", more: ""","metadata":{"a":"1","b":"2"}""");

        using var same = await api.PostAsync("/v1/recordings", """{"channel":"same","roomType":"lecture","metadata":{"b":"2","a":"1"}}""");
        using var other = await api.PostAsync("/v1/recordings", """{"channel":"same","roomType":"lecture","metadata":{"a":"2"}}""");

        await same.ShouldBeAsync(200);
        (await other.ShouldBeAsync(Problems.Problem.DiffersFromLive)).Detail.ShouldContain("metadata");
    }
}
