using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Diagnosis;

/// <summary>A token that runs out while the class is on. Tokens live 24 h, so this service's clock is put almost that far behind Agora's.</summary>
public sealed class ExpiredTokenTests(EndToEndDatabase postgres)
{
    [Fact]
    [Trait("Rule", "S15")]
    public async Task S15_TokenRunsOutBeforeTheClassEnds_IsTheCause()
    {
        const double factor = School.Factor;
        const string secret = "secret-of-the-notifications";
        await using var cloud = await Cloud.StartAsync(postgres, factor);
        // Fast time that meets real time later by d is behind by (factor - 1) d until then.
        var behind = TimeSpan.FromHours(24) - TimeSpan.FromMinutes(2);
        var realFrom = await RealFromAsync(cloud) + (behind / (factor - 1));
        var service = await cloud.StartReplicaAsync(
            ("RecordingTime__RealFrom", realFrom.ToString("O", CultureInfo.InvariantCulture)),
            ("Agora__Projects__demo__NotificationSecrets__0", secret)
        );
        cloud.Agora.Notifications.Settings = new() { Url = new Uri(service.Api.Address, "/agora/notifications/demo"), Secret = secret };
        var id = await service.RecordAsync("night", wait: TimeSpan.FromSeconds(60));

        var found = await Eventually.BecomesAsync(
            () => service.GetAsync($"/v1/recordings/{id}/diagnosis"),
            diagnosis =>
                diagnosis.GetProperty("causes") is var causes
                && causes.GetArrayLength() > 0
                && causes[0].GetProperty("code").GetString() == "tokenExpired",
            TimeSpan.FromSeconds(20)
        );

        var cause = found.GetProperty("causes")[0];
        cause.GetProperty("confidence").GetString().ShouldBe("certain");
        School.Facts(cause).ShouldContain("error 109 (event 1, module 0, level 5)");
        cause.GetProperty("advice").GetString()!.ShouldContain("clock of the PostgreSQL host");
    }

    private static async Task<DateTimeOffset> RealFromAsync(Cloud cloud)
    {
        using var http = new HttpClient { BaseAddress = cloud.Agora.Hosts[0] };
        var time = await http.GetFromJsonAsync<JsonElement>("/control/time", TestContext.Current.CancellationToken);
        return time.GetProperty("realFrom").GetDateTimeOffset();
    }
}
