using RecordingService.LocalStack.Processes;

namespace RecordingService.Api.Tests;

/// <summary>The service as a process of its own that is set up wrongly.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public async Task Start_FaultsInEverySection_AreToldAtOnceWithoutSecretsAndStackTraces()
    {
        var (exitCode, output) = await RunAsync(
            new()
            {
                ["ConnectionStrings__Recording"] = "",
                ["Agora__Projects__demo__AppId"] = "nonsense",
                ["Agora__DefaultProject"] = "nowhere",
                ["Storage__Profiles__lessons__Vendor"] = "Nobody",
                ["Engine__Slots"] = "0",
                ["Cors__AllowedOrigins__0"] = "*",
            }
        );

        exitCode.ShouldBe(1);
        foreach (
            var key in new[]
            {
                "ConnectionStrings:Recording is missing",
                "Agora:Projects:demo:AppId is 'nonsense'",
                "Agora:DefaultProject is 'nowhere'",
                "Storage:Profiles:lessons:Vendor is 'Nobody'",
                "Engine:Slots is 0",
                "Cors:AllowedOrigins:0 is '*'",
            }
        )
        {
            output.Count(line => line.StartsWith(key, StringComparison.Ordinal)).ShouldBe(1, $"{key}\n{string.Join('\n', output)}");
        }

        output.ShouldAllBe(line => !line.Contains("   at ") && !line.Contains("Exception") && !line.Contains(DemoAccount.SecretKey));
    }

    [Fact]
    public async Task Start_ValuesThatCannotBeRead_HideNoOtherFault()
    {
        var (exitCode, output) = await RunAsync(
            new()
            {
                ["ConnectionStrings__Recording"] = "Host=127.0.0.1",
                ["Engine__Drain"] = "soon",
                ["Agora__ConnectTimeout"] = "quick",
                ["Storage__Profiles__lessons__Vendor"] = "Nobody",
            }
        );

        exitCode.ShouldBe(1);
        output.ShouldContain(line => line.Contains("'Engine:Drain'"), string.Join('\n', output));
        output.Count(line => line.Contains("'Agora:ConnectTimeout'")).ShouldBe(1);
        output.ShouldContain(line => line.StartsWith("Storage:Profiles:lessons:Vendor is 'Nobody'"));
        output.ShouldAllBe(line => !line.Contains("   at ") && !line.Contains("Exception"));
    }

    private static Task<(int ExitCode, IReadOnlyList<string> Output)> RunAsync(Dictionary<string, string> faults) =>
        ServiceProcess.RunAsync(
            new ServiceProcessOptions
            {
                Assembly = ApiProcess.Assembly,
                Configuration = new ApiConfiguration { ConnectionString = "", Further = faults }.ToVariables(),
            },
            TestContext.Current.CancellationToken
        );
}
