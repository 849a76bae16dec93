using System.Diagnostics;
using System.Text.Json.Nodes;
using RecordingService.Client.Tests.Service;
using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Examples;

/// <summary>The programs in examples, run as their users run them. The Java one records a class in CallerRuleTests (rule S18).</summary>
public sealed class ExampleTests(Deployment deployment)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "examples");

    private static readonly Dictionary<string, (string Needs, string Program, string[] Arguments)> Programs = new()
    {
        ["curl"] = ("jq", "bash", [Path.Combine(Folder, "curl", "record-class.sh")]),
        // Building is part of running it, and the server that stays behind for the next build would keep this test's pipes open.
        ["csharp"] = ("dotnet", "dotnet", ["run", Path.Combine(Folder, "csharp", "record-class.cs"), "--"]),
        ["java"] = ("java", "java", [Path.Combine(Folder, "java", "RecordClass.java")]),
    };

    [Theory]
    [InlineData("curl", "complete")]
    [InlineData("csharp", "Complete")]
    public async Task Example_RecordsAClass(string example, string complete)
    {
        await SkipWithoutAsync(example);
        var address = await deployment.AddressAsync();

        var (exitCode, output) = await RunAsync(example, address, key: null, $"example-{example}", "2");

        exitCode.ShouldBe(0, output);
        var sid = deployment.Agora.Journal.Recorders($"example-{example}").ShouldHaveSingleItem(output).Sid;
        output.ShouldContain($"files: {complete}\n");
        output.ShouldContain($"/{sid}_example-{example}.m3u8");
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("csharp")]
    [InlineData("java")]
    public async Task Example_WithAnApiKey_SendsItWithEachRequest(string example)
    {
        await SkipWithoutAsync(example);
        // One answer fits every request of an example: it ended before it was proven.
        var ended = Repository.Example("stopRecording", "200").AsObject();
        ended["state"] = "aborted";
        ended["confirmedAt"] = null;
        await using var server = await ScriptedServer.StartAsync(Answer.Json(ended.ToJsonString()));

        foreach (var key in new[] { TestClient.Key, "" })
        {
            var before = server.Requests.Count;
            var (exitCode, output) = await RunAsync(example, server.Address, key, "keyed", "1");

            exitCode.ShouldBe(1, output);
            output.ShouldNotContain(TestClient.Key);
            var requests = server.Requests.Skip(before).ToList();
            requests.ShouldNotBeEmpty(output);
            requests.ShouldAllBe(request => request.Header("Authorization") == (key.Length == 0 ? null : $"Bearer {key}"), output);
            var start = JsonNode.Parse(requests[0].Body)!;
            requests[0].Header("Idempotency-Key").ShouldBe((string?)start["externalId"]);
        }
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("java")]
    public async Task Example_WithoutAnAddress_TellsItsUsage(string example)
    {
        await SkipWithoutAsync(example);

        var (exitCode, output) = await RunAsync(example, service: null, key: null);

        exitCode.ShouldNotBe(0);
        output.ShouldContain("usage:");
    }

    private static async Task SkipWithoutAsync(string example)
    {
        var needs = Programs[example].Needs;
        Assert.SkipWhen(await TryAsync(needs, [needs == "java" ? "-version" : "--version"], null) is null, $"No {needs} on the path.");
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string example, Uri? service, string? key, params string[] arguments)
    {
        var (_, program, first) = Programs[example];
        string[] all = service is null ? first : [.. first, service.AbsoluteUri.TrimEnd('/'), .. arguments];
        return await TryAsync(program, all, key) ?? throw new InvalidOperationException($"{program} does not start.");
    }

    private static async Task<(int ExitCode, string Output)?> TryAsync(string program, string[] arguments, string? key)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        start.Environment["RECORDING_API_KEY"] = key;
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        using (process)
        {
            var cancelled = TestContext.Current.CancellationToken;
            var error = process.StandardError.ReadToEndAsync(cancelled);
            var output = await process.StandardOutput.ReadToEndAsync(cancelled);
            await process.WaitForExitAsync(cancelled);
            return (process.ExitCode, output + await error);
        }
    }
}
