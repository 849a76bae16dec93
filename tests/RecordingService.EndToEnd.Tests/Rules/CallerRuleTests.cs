using System.Diagnostics;
using System.Net;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>Callers that Agora does not serve: browsers (S17), and Java without a native library (S18).</summary>
public sealed class CallerRuleTests(CallerRuleTests.Deployment cloud) : IClassFixture<CallerRuleTests.Deployment>
{
    private const string Console = "https://console.example.org";

    [Theory]
    [Trait("Rule", "S17")]
    [InlineData(Console, Console)]
    [InlineData("https://other.example.org", null)]
    public async Task S17_PreflightOfAStart_IsAllowedToConfiguredOriginsOnly(string origin, string? allowed)
    {
        using var http = new HttpClient { BaseAddress = cloud.Service.Api.Address };
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/recordings")
        {
            Headers =
            {
                { "Origin", origin },
                { "Access-Control-Request-Method", "POST" },
                { "Access-Control-Request-Headers", "content-type,idempotency-key" },
            },
        };

        using var answer = await http.SendAsync(preflight, TestContext.Current.CancellationToken);

        answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins);
        origins?.Single().ShouldBe(allowed);
        (origins is not null).ShouldBe(allowed is not null);
        if (allowed is not null)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Methods")).ShouldContain("POST");
        }
    }

    [Fact]
    [Trait("Rule", "S18")]
    public async Task S18_JavaProgramOfOneFile_RecordsAClassWithoutNativeLibraryAndClassPath()
    {
        const int oldest = 17;
        var version =
            await JavaAsync("-version") is (0, var told) && told.Split('"') is [_, var number, ..] ? number.Split('.', '-', '+')[0] : null;
        Assert.SkipWhen(version is null, "No java on the path.");
        Assert.SkipWhen(int.Parse(version) < oldest, $"java is of version {version}; the example needs {oldest}.");
        Assert.SkipUnless(
            (await JavaAsync("--list-modules")).Output.Contains("jdk.compiler"),
            "java is no JDK: it cannot compile the example."
        );

        var (exitCode, output) = await JavaAsync(
            Path.Combine(Repository.Root, "examples", "java", "RecordClass.java"),
            cloud.Service.Api.Address.AbsoluteUri,
            "java",
            "2"
        );

        exitCode.ShouldBe(0, output);
        var sid = cloud.Agora.Journal.Recorders("java").ShouldHaveSingleItem(output).Sid;
        output.ShouldContain("files: complete");
        output.ShouldContain($"/{sid}_java.m3u8");
    }

    /// <summary>Runs java with neither a library path nor a class path; without java, the exit code is -1.</summary>
    private static async Task<(int ExitCode, string Output)> JavaAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("java", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("LD_LIBRARY_PATH");
        start.Environment.Remove("CLASSPATH");
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "");
        }

        using (process)
        {
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, output + await error);
        }
    }

    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Cors__AllowedOrigins__0", Console)];
    }
}
