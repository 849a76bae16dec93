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

    [Fact]
    public async Task Readme_FirstProgramInCSharp_RecordsAClass()
    {
        var address = await deployment.AddressAsync();
        var program = Block("csharp", "#:project")
            .Replace("/path/to/recording-service", Repository.Root.TrimEnd('/'), StringComparison.Ordinal)
            .Replace("http://localhost:8080", address.AbsoluteUri, StringComparison.Ordinal);
        var folder = Directory.CreateTempSubdirectory("first-");
        var file = Path.Combine(folder.FullName, "first.cs");
        await File.WriteAllTextAsync(file, program, TestContext.Current.CancellationToken);

        var (exitCode, output) = (await TryAsync("dotnet", ["run", file], key: null, folder.FullName))!.Value;

        exitCode.ShouldBe(0, output);
        output.ShouldContain("Recording; press Enter");
        output.ShouldContain("Completed, files ");
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Readme_FirstProgramInCurl_RecordsAClass()
    {
        await SkipWithoutAsync("curl");
        var address = await deployment.AddressAsync();
        var program = Block("bash", "ask() {")
            .Replace("http://localhost:8080", address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal)
            .Replace("physics-8a", "readme-curl", StringComparison.Ordinal)
            // Time is faster here.
            .Replace("sleep 60", "sleep 3", StringComparison.Ordinal);

        var (exitCode, output) = (await TryAsync("bash", ["-c", program], key: null))!.Value;

        exitCode.ShouldBe(0, output);
        var last = JsonNode.Parse(output)!;
        ((string?)last["state"]).ShouldBe("completed");
        ((string?)last["playlist"]).ShouldNotBeNull().ShouldEndWith("_readme-curl.m3u8");
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

    /// <summary>The block of code of the README that has a text in it.</summary>
    private static string Block(string language, string text) =>
        File.ReadAllText(Path.Combine(Repository.Root, "README.md"))
            .Split($"```{language}\n")
            .Skip(1)
            .Select(rest => rest.Split("\n```")[0])
            .Single(block => block.Contains(text, StringComparison.Ordinal));

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

    private static async Task<(int ExitCode, string Output)?> TryAsync(
        string program,
        string[] arguments,
        string? key,
        string? folder = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? Repository.Root,
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
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(cancelled);
            var output = await process.StandardOutput.ReadToEndAsync(cancelled);
            await process.WaitForExitAsync(cancelled);
            return (process.ExitCode, output + await error);
        }
    }
}
