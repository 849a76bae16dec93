using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using RecordingService.Infrastructure.Tests.Events;

[assembly: AssemblyFixture(typeof(NodeVerifier))]

namespace RecordingService.Infrastructure.Tests.Events;

/// <summary>Verifies webhooks by an implementation that is not ours: the npm package of the Standard Webhooks project, run by node.</summary>
public sealed class NodeVerifier : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Events", "Verifier");
    private static readonly TimeSpan LongestInstall = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim one = new(1);
    private Process? node;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Whether the library takes the webhook, else why not. Skips the test where there is no node.</summary>
    /// <param name="now">Time at the receiver.</param>
    internal async Task<string?> VerifyAsync(SeenHook hook, string secret, DateTimeOffset now)
    {
        await one.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            node ??= await StartAsync();
            var line = JsonSerializer.Serialize(
                new
                {
                    secret,
                    headers = hook.Headers,
                    body = Convert.ToBase64String(hook.Body),
                    now = now.ToUnixTimeSeconds(),
                }
            );
            await node.StandardInput.WriteLineAsync(line);
            await node.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            var answer = await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            var json = JsonDocument.Parse(answer ?? """{"ok":false,"error":"node has ended"}""").RootElement;
            return json.GetProperty("ok").GetBoolean() ? null : json.GetProperty("error").GetString();
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Verifies webhooks at the time at which each came.</summary>
    internal async Task ShouldVerifyAsync(IEnumerable<SeenHook> hooks, string secret)
    {
        foreach (var hook in hooks)
        {
            (await VerifyAsync(hook, secret, At(hook))).ShouldBeNull($"{hook.Id} at {hook.Timestamp}");
        }
    }

    /// <summary>Time of the attempt as it was sent; that it is the right one is asserted where time is moved.</summary>
    internal static DateTimeOffset At(SeenHook hook) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(hook.Timestamp, CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        if (node is not null)
        {
            node.StandardInput.Close();
            await node.WaitForExitAsync();
            node.Dispose();
        }

        one.Dispose();
    }

    private static async Task<Process> StartAsync()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "standardwebhooks")))
        {
            using var npm = Start("npm", "ci --ignore-scripts --no-audit --no-fund --loglevel=error");
            using var limit = new CancellationTokenSource(LongestInstall);
            var errors = await npm.StandardError.ReadToEndAsync(limit.Token);
            await npm.WaitForExitAsync(limit.Token);
            Assert.SkipWhen(npm.ExitCode != 0, $"npm cannot install the package standardwebhooks: {errors}");
        }

        return Start("node", "verify.js");
    }

    private static Process Start(string program, string arguments)
    {
        try
        {
            return Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    WorkingDirectory = Folder,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = program == "npm",
                }
            )!;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed; nobody but ourselves could verify the signatures.");
            throw;
        }
    }
}
