using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;
using RecordingService.Infrastructure.Tests.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Events;

/// <summary>A test with replicas that send webhooks, a clock that it moves, and events that it writes.</summary>
public abstract class HookTest(EngineDatabase server) : EngineTest(server)
{
    protected const string MasterKey = "dGVzdC1tYXN0ZXIta2V5LW9mLTMyLWJ5dGVzLWhlcmU=";

    private const string LiveLanes =
        "from recording.webhook_lanes l join recording.webhooks w on w.id = l.webhook_id where w.state = 'active'";

    private static readonly Dictionary<string, string?> Usual = new()
    {
        ["Secrets:Keys:test"] = MasterKey,
        ["Webhooks:AllowedNetworks:0"] = "127.0.0.1/32",
    };

    private protected ManualTimeProvider Time { get; } = new();

    private protected Task<Replica> StartHookReplicaAsync(params (string Key, string? Value)[] settings) =>
        StartReplicaAsync(Settings(settings));

    private protected ReplicaSettings Settings(params (string Key, string? Value)[] settings)
    {
        var configuration = new Dictionary<string, string?>(Usual);
        foreach (var (key, value) in settings)
        {
            configuration[key] = value;
            if (value is null)
            {
                configuration.Remove(key);
            }
        }

        return new()
        {
            Configuration = configuration,
            Projects = ["school", "college"],
            Services = (services, read) =>
            {
                services.AddWebhooks(read);
                services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
            },
        };
    }

    /// <param name="replica">The replica.</param>
    /// <param name="url">Address.</param>
    /// <param name="types">Types of events; null for all.</param>
    /// <param name="projects">Projects; null for all.</param>
    /// <param name="isProven">Whether it is one that has taken something before.</param>
    private protected async Task<(Webhook Webhook, string Secret)> RegisterAsync(
        Replica replica,
        string url,
        IReadOnlyList<string>? types = null,
        IReadOnlyList<string>? projects = null,
        bool isProven = true
    )
    {
        var made = (await replica.Get<Webhooks>().CreateAsync(url, null, types ?? [], projects, Somebody, Cancellation))!.Value;
        if (isProven)
        {
            await ExecuteAsync(
                $"update recording.webhooks set last_success_at = created_at - interval '1 minute' where id = '{made.Webhook.Id}'"
            );
        }

        return made;
    }

    private protected static async Task<Webhook> FindAsync(Replica replica, Guid id) =>
        (await replica.Get<Webhooks>().FindAsync(id, null, Cancellation))!;

    private protected static Task<IReadOnlyList<WebhookDelivery>> LogAsync(Replica replica, Guid id) =>
        replica.Get<Webhooks>().DeliveriesAsync(id, null, null, 1000, Cancellation);

    /// <summary>Something happens to a recording, and its event has its place in the feed.</summary>
    /// <returns>Its position.</returns>
    protected async Task<long> TellAsync(Guid recording, string type = EventTypes.Recording) =>
        await ScalarAsync<long>(
            $$"""
            insert into recording.events (event_id, recording_id, project_id, sequence, type, at, data, position)
            select gen_random_uuid(), r.id, r.project_id,
                   (select coalesce(max(sequence), 0) + 1 from recording.events where recording_id = r.id), '{{type}}', now(),
                   '{"state":"recording","files":"pending"}', nextval('recording.event_position')
            from recording.recordings r where r.id = '{{recording}}' returning position
            """
        );

    protected async Task<Guid> RecordAsync(string project = Replica.Project) => (await SeedAsync(1, project)).Single();

    /// <summary>Takes the feed into lanes and sends what is due, until nothing is due now.</summary>
    private protected static async Task SendAsync(Replica replica)
    {
        var dispatcher = replica.Get<WebhookDispatcher>();
        while ((await dispatcher.FanOutAsync(Cancellation)).More)
        {
            // A page at a time.
        }

        while (await dispatcher.BeginAsync(Cancellation) is { Count: > 0 } begun)
        {
            await Task.WhenAll(begun);
        }
    }

    /// <summary>When the first lane is due, from now.</summary>
    private protected async Task<TimeSpan> NextDueAsync(Replica replica)
    {
        var due = await ScalarAsync<DateTime>($"select min(l.due_at) {LiveLanes}");
        return new DateTimeOffset(due) - replica.Clock.RealNow;
    }

    /// <summary>Lets time pass, and sends what becomes due meanwhile.</summary>
    private protected async Task PassAsync(Replica replica, TimeSpan by)
    {
        var end = Time.GetUtcNow() + by;
        while (await ScalarAsync<long>($"select count(*) {LiveLanes}") > 0)
        {
            var next = await NextDueAsync(replica) + TimeSpan.FromMilliseconds(1);
            if (Time.GetUtcNow() + next > end)
            {
                break;
            }

            Time.Advance(next > TimeSpan.Zero ? next : TimeSpan.Zero);
            await SendAsync(replica);
        }

        Time.AdvanceTo(end);
    }

    /// <summary>Each recording's first sightings, in the order in which they came.</summary>
    private protected static IReadOnlyList<int> Sequences(IEnumerable<SeenHook> hooks, Guid recording) =>
        [.. hooks.Where(hook => hook.RecordingId == recording).DistinctBy(hook => hook.Id).Select(hook => hook.Sequence)];
}
