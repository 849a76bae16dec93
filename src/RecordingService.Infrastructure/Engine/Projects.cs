using Npgsql;
using RecordingService.Infrastructure.Agora;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The Agora projects of the configuration, and their numbers and request budgets in the database.</summary>
public sealed class Projects
{
    // Requests this far apart are never more than the allowed number within one second, the last of them just before the next is due.
    private const double RateShare = 0.95;

    private readonly AgoraOptions agora;
    private readonly NpgsqlDataSource database;
    private volatile IReadOnlyDictionary<string, Budget> budgets = new Dictionary<string, Budget>();

    internal Projects(AgoraOptions agora, NpgsqlDataSource database)
    {
        this.agora = agora;
        this.database = database;
    }

    /// <summary>Name of the project that a request without one means, or null.</summary>
    public string? Default => agora.EffectiveDefaultProject;

    /// <summary>Names of all projects.</summary>
    public IEnumerable<string> Names => agora.Projects.Keys.Select(CanonicalName);

    /// <summary>Settings of a project, or null when there is none of that name.</summary>
    public AgoraProjectOptions? Find(string name) => agora.Projects.TryGetValue(name, out var project) ? project : null;

    /// <summary>The one spelling under which a project is stored, so that another spelling in the configuration stays the same project.</summary>
    public static string CanonicalName(string name) => name.ToLowerInvariant();

    internal IReadOnlyList<Budget> Budgets => [.. budgets.Values];

    internal Budget BudgetOf(string project) =>
        budgets.TryGetValue(project, out var budget) ? budget : throw new DatabaseUnavailableException();

    /// <summary>Gives every configured project its row.</summary>
    /// <remarks>Existing ones are left out first: a conflict costs a number too, and there are no more than 32,767.</remarks>
    internal async Task RegisterAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into recording.projects (name, load)
            select name, 0 from unnest(@names::text[]) wanted(name)
             where not exists (select 1 from recording.projects p where p.name = wanted.name) on conflict (name) do nothing;
            select id, name from recording.projects where name = any(@names)
            """
        );
        command.Parameters.AddWithValue("names", Names.ToArray());
        Dictionary<string, Budget> found = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var rate = agora.Projects[reader.GetString(1)].RequestsPerSecond;
            found[reader.GetString(1)] = new(reader.GetInt16(0), rate * RateShare);
        }

        budgets = found;
    }

    /// <summary>Recordings with work left whose project is not configured here.</summary>
    internal async Task<long> CountUnattendedAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select count(*) from recording.schedule where project_id <> all(@known)");
        command.Parameters.AddWithValue("known", budgets.Values.Select(budget => budget.ProjectId).ToArray());
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
