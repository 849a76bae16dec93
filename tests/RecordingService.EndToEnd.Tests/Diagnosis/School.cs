using System.Net.Http.Json;
using System.Text.Json;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Diagnosis;

/// <summary>One deployment for all incidents of a class: a replica that is told of events, with projects and storage profiles that are wrong in one way each.</summary>
public sealed class School(EndToEndDatabase postgres) : IAsyncLifetime
{
    public const double Factor = 40;

    /// <summary>Recorders of the project "crowded" get uids from here on.</summary>
    public const uint CrowdFrom = 1000;

    private const string Secret = "secret-of-the-notifications";

    internal Cloud Cloud { get; private set; } = null!;

    internal Replica Service { get; private set; } = null!;

    internal AgoraSimulator Agora => Cloud.Agora;

    public async ValueTask InitializeAsync()
    {
        Cloud = await Cloud.StartAsync(postgres, Factor);
        var host = Agora.Hosts[0].AbsoluteUri.TrimEnd('/');
        var bucket = new Uri(Agora.PublicBucketUrl, DemoAccount.Bucket).AbsoluteUri;
        Service = await Cloud.StartReplicaAsync([
            ("Agora__Projects__demo__NotificationSecrets__0", Secret),
            // Its App ID is lent to the project without a certificate.
            ("Agora__Projects__second__AppId", "22222222222222222222222222222222"),
            .. Project("bare", Cloud.SecondAppId, null),
            .. Project("forged", DemoAccount.AppId, "00000000000000000000000000000000"),
            .. Project("crowded", DemoAccount.AppId, DemoAccount.Certificate),
            ("Agora__Projects__crowded__RecorderUids__PrimaryFrom", $"{CrowdFrom}"),
            ("Agora__Projects__crowded__RecorderUids__PrimaryTo", $"{CrowdFrom + 999}"),
            .. Profile("wrongkeys", "US_EAST_1", "not-the-secret", bucket),
            .. Profile("faraway", "CN_NORTH_1", DemoAccount.SecretKey, bucket),
            .. Profile("hidden", "US_EAST_1", DemoAccount.SecretKey, $"{bucket}/elsewhere"),
        ]);
        await PutRoomTypeAsync("quick", new { longestBreak = "PT15S" });

        IEnumerable<(string, string)> Project(string name, string appId, string? certificate)
        {
            var project = $"Agora__Projects__{name}__";
            yield return ($"{project}AppId", appId);
            yield return ($"{project}CustomerKey", DemoAccount.CustomerKey);
            yield return ($"{project}CustomerSecret", DemoAccount.CustomerSecret);
            yield return ($"{project}StorageProfile", "lessons");
            yield return ($"{project}Hosts__0", host);
            yield return ($"{project}NotificationSecrets__0", Secret);
            if (certificate is not null)
            {
                yield return ($"{project}Certificate", certificate);
            }
        }
    }

    public ValueTask DisposeAsync() => Cloud.DisposeAsync();

    /// <summary>From now on Agora tells of its events to one project of the service.</summary>
    public void Notify(string? project) =>
        Agora.Notifications.Settings = project is null
            ? new()
            : new() { Url = new Uri(Service.Api.Address, $"/agora/notifications/{project}"), Secret = Secret };

    public async Task<string> RecordAsync(object request, TimeSpan wait = default)
    {
        var (status, body) = await Service.PostAsync("/v1/recordings", request, ("Prefer", $"wait={wait.TotalSeconds:0}"));
        ((int)status).ShouldBeInRange(200, 202, body.ToString());
        return body.GetProperty("id").GetString()!;
    }

    public Task<JsonElement> DiagnoseAsync(string id) => Service.GetAsync($"/v1/recordings/{id}/diagnosis");

    /// <summary>Waits until a cause is ranked first, ends the recording, and returns the cause.</summary>
    public async Task<JsonElement> FirstCauseAsync(string id, string code, string? confidence = null)
    {
        try
        {
            var found = await Eventually.BecomesAsync(
                () => DiagnoseAsync(id),
                diagnosis => First(diagnosis) is { } first && IsIt(first),
                TimeSpan.FromSeconds(20),
                description: $"{code} is first, {confidence}"
            );
            var cause = First(found)!.Value;
            found.GetProperty("summary").GetString().ShouldBe(cause.GetProperty("explanation").GetString());
            cause.GetProperty("evidence").GetArrayLength().ShouldBeGreaterThan(0);
            return cause;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{await Service.TellAsync(id)}", e);
        }
        finally
        {
            await Service.PostAsync($"/v1/recordings/{id}/stop", null);
        }

        bool IsIt(JsonElement cause) =>
            cause.GetProperty("code").GetString() == code
            && (confidence is null || cause.GetProperty("confidence").GetString() == confidence);
    }

    /// <summary>The recorder that is in a channel now.</summary>
    internal async Task<(string Sid, string Uid)> RecorderAsync(string channel) =>
        await Eventually.BecomesAsync(
            () => Task.FromResult(Agora.Journal.Recorders(channel).Select(recorder => (recorder.Sid, recorder.Uid)).LastOrDefault()),
            recorder => recorder.Sid is not null
        );

    public static string Facts(JsonElement cause) =>
        string.Join('\n', cause.GetProperty("evidence").EnumerateArray().Select(fact => fact.GetProperty("fact").GetString()));

    private async Task PutRoomTypeAsync(string name, object policy)
    {
        using var http = new HttpClient { BaseAddress = Service.Api.Address };
        using var answer = await http.PutAsJsonAsync(
            $"/v1/room-types/{name}",
            new { description = "For incidents.", policy },
            TestContext.Current.CancellationToken
        );
        answer.EnsureSuccessStatusCode();
    }

    private static IEnumerable<(string, string)> Profile(string name, string region, string secretKey, string address)
    {
        var profile = $"Storage__Profiles__{name}__";
        yield return ($"{profile}Vendor", "AmazonS3");
        yield return ($"{profile}Region", region);
        yield return ($"{profile}Bucket", DemoAccount.Bucket);
        yield return ($"{profile}AccessKey", DemoAccount.AccessKey);
        yield return ($"{profile}SecretKey", secretKey);
        yield return ($"{profile}PublicBaseUrl", address);
        yield return ($"{profile}Probe", "false");
    }

    private static JsonElement? First(JsonElement diagnosis) =>
        diagnosis.GetProperty("causes") is var causes && causes.GetArrayLength() > 0 ? causes[0] : null;
}
