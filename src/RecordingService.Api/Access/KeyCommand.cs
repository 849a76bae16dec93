using System.Globalization;
using System.Xml;
using Npgsql;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Access;

/// <summary>Keys from the command line: the first one, and those that are needed when no administrator's key is left.</summary>
/// <remarks>
/// <code>
/// --create-key CALLER --scopes admin,read [--projects a,b] [--expires P90D]     the key on standard output, and nothing else
/// --revoke-key ID
/// --list-keys
/// </code>
/// They need the connection string only. Whoever has that is an administrator anyway.
/// </remarks>
internal sealed class KeyCommand
{
    private const string Create = "--create-key";
    private const string Revoke = "--revoke-key";
    private const string List = "--list-keys";
    private const string ScopesOption = "--scopes";
    private const string ProjectsOption = "--projects";
    private const string ExpiresOption = "--expires";

    private static readonly string[] Options = [Create, Revoke, ScopesOption, ProjectsOption, ExpiresOption];

    /// <summary>Who makes and revokes keys here, as it is shown; no caller can be called so.</summary>
    public const string By = "(command line)";

    private static readonly Actor Operator = new(By);

    private readonly string verb;
    private readonly IReadOnlyDictionary<string, string> values;
    private readonly IReadOnlyList<string> faults;

    private KeyCommand(string verb, IReadOnlyDictionary<string, string> values, IReadOnlyList<string> faults) =>
        (this.verb, this.values, this.faults) = (verb, values, faults);

    /// <summary>The command that arguments ask for, or null when they ask for none.</summary>
    public static KeyCommand? In(IEnumerable<string> given)
    {
        // --expires=P90D is --expires P90D.
        List<string> arguments =
        [
            .. given.SelectMany(argument =>
                Options.Any(o => argument.StartsWith($"{o}=", StringComparison.Ordinal)) ? argument.Split('=', 2) : [argument]
            ),
        ];
        if (arguments.FirstOrDefault(argument => argument is Create or Revoke or List) is not { } verb)
        {
            return null;
        }

        string[] known = verb switch
        {
            Create => [Create, ScopesOption, ProjectsOption, ExpiresOption],
            Revoke => [Revoke],
            _ => [],
        };
        Dictionary<string, string> values = [];
        List<string> faults = [];
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == List && verb == List)
            {
                continue;
            }

            // Settings may stand beside it, as in every command of this program.
            if (arguments[i].StartsWith("--", StringComparison.Ordinal) && arguments[i].Contains('=', StringComparison.Ordinal))
            {
                continue;
            }

            if (!known.Contains(arguments[i]))
            {
                faults.Add($"'{arguments[i]}' is not known here.");
            }
            else if (i + 1 == arguments.Count || arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                faults.Add($"{arguments[i]} needs a value.");
            }
            else if (!values.TryAdd(arguments[i], arguments[++i]))
            {
                faults.Add($"{arguments[i - 1]} must be given only once.");
            }
        }

        return new(verb, values, faults);
    }

    /// <summary>Carries it out.</summary>
    /// <returns>0 when it is done.</returns>
    public async Task<int> RunAsync(IServiceProvider services, TextWriter output, TextWriter error)
    {
        if (faults.Count > 0)
        {
            return await RefuseAsync(error, faults);
        }

        try
        {
            var keys = services.GetRequiredService<ApiKeys>();
            return verb switch
            {
                Create => await CreateAsync(keys, Configured(services), output, error),
                Revoke => await RevokeAsync(keys, error),
                _ => await ListAsync(keys, output),
            };
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return await RefuseAsync(error, ["The database has no table of keys: run this version with --migrate first."]);
        }
        catch (NpgsqlException e)
        {
            return await RefuseAsync(error, [$"The database does not answer: {e.Message}"]);
        }
    }

    private async Task<int> CreateAsync(ApiKeys keys, List<string> known, TextWriter output, TextWriter error)
    {
        List<string> broken = [];
        var caller = values[Create];
        if (!ApiKeys.IsCaller(caller))
        {
            broken.Add($"The caller is '{caller}'; it must be {ApiKeys.CallerRule}.");
        }

        var scopes = Split(ScopesOption);
        if (scopes.Count == 0 || scopes.Any(name => KeyEndpoints.FindScope(name) is null))
        {
            broken.Add(
                $"{ScopesOption} is '{values.GetValueOrDefault(ScopesOption)}'; it must be a list of {KeyEndpoints.Scopes} with commas between them."
            );
        }

        var allowed = values.ContainsKey(ProjectsOption) ? Split(ProjectsOption).Select(Projects.CanonicalName).Distinct().ToList() : null;
        if (allowed is { Count: 0 })
        {
            broken.Add($"{ProjectsOption} is empty; leave it out for all projects.");
        }

        if (allowed is not null && scopes.Contains(ApiKeys.NameOf(Scope.Admin)))
        {
            broken.Add($"{ProjectsOption} {KeyEndpoints.AdminRule}");
        }

        // Where no project is configured, as in a container that only makes keys, their names cannot be checked.
        if (known.Count > 0 && allowed?.Except(known).ToList() is [_, ..] strange)
        {
            broken.Add($"{ProjectsOption} names {string.Join(", ", strange)}; configured are {string.Join(", ", known)}.");
        }

        TimeSpan? life = null;
        if (values.TryGetValue(ExpiresOption, out var text) && (life = Duration(text)) is null)
        {
            broken.Add($"{ExpiresOption} is '{text}'; it must be an ISO 8601 duration above zero, such as P90D.");
        }

        if (broken.Count > 0)
        {
            return await RefuseAsync(error, broken);
        }

        var wanted = new NewApiKey(caller, [.. scopes.Select(name => KeyEndpoints.FindScope(name)!.Value)], allowed, life);
        switch (await keys.CreateAsync(wanted, Operator, CancellationToken.None))
        {
            case ApiKeyOutcome.Created created:
                await error.WriteLineAsync($"This is key {created.Key.Id} of '{caller}'. It is shown this once; only its hash is kept.");
                if (known.Count == 0 && allowed is not null)
                {
                    await error.WriteLineAsync(
                        $"No project is configured here, so nobody checked that there is {string.Join(" and ", allowed)}."
                    );
                }

                await output.WriteLineAsync(created.Text);
                return 0;
            case ApiKeyOutcome.TooMany tooMany:
                var live = string.Join(" and ", tooMany.Live);
                return await RefuseAsync(
                    error,
                    [$"'{caller}' has {tooMany.Live.Count} live keys: {live}. Revoke one of them first ({Revoke} ID)."]
                );
            case var unknown:
                throw new InvalidOperationException($"Nobody knows the outcome {unknown.GetType().Name}.");
        }
    }

    private async Task<int> RevokeAsync(ApiKeys keys, TextWriter error)
    {
        if (!await keys.RevokeAsync(values[Revoke], Operator, CancellationToken.None))
        {
            return await RefuseAsync(error, [$"No key has this id: the part between 'rsk_' and the next '_'. {List} lists them."]);
        }

        await error.WriteLineAsync("It is revoked. Replicas that used it refuse it within 10 s.");
        return 0;
    }

    private static async Task<int> ListAsync(ApiKeys keys, TextWriter output)
    {
        await output.WriteLineAsync("id\tcaller\tscopes\tprojects\tcreated\texpires\trevoked\tlast used");
        foreach (var key in await keys.ListAsync(CancellationToken.None))
        {
            string[] cells =
            [
                key.Id,
                key.Caller,
                string.Join(',', key.Scopes.Select(ApiKeys.NameOf)),
                key.Projects is null ? "all" : string.Join(',', key.Projects),
                $"{Shown(key.CreatedAt)} by {key.CreatedBy}",
                Shown(key.ExpiresAt),
                key.RevokedAt is null ? "-" : $"{Shown(key.RevokedAt)} by {key.RevokedBy}",
                Shown(key.LastUsedAt),
            ];
            await output.WriteLineAsync(string.Join('\t', cells));
        }

        return 0;
    }

    /// <summary>Read as it is written: the rest of the configuration may be missing or wrong here.</summary>
    private static List<string> Configured(IServiceProvider services) =>
        [
            .. services
                .GetRequiredService<IConfiguration>()
                .GetSection($"{AgoraOptions.Section}:{nameof(AgoraOptions.Projects)}")
                .GetChildren()
                .Select(project => Projects.CanonicalName(project.Key)),
        ];

    private static async Task<int> RefuseAsync(TextWriter error, IEnumerable<string> reasons)
    {
        foreach (var reason in reasons)
        {
            await error.WriteLineAsync(reason);
        }

        return 1;
    }

    private static string Shown(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    private List<string> Split(string option) =>
        [.. values.GetValueOrDefault(option, "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static TimeSpan? Duration(string text)
    {
        try
        {
            return XmlConvert.ToTimeSpan(text) is var life && life > TimeSpan.Zero && life <= KeyEndpoints.LongestLife ? life : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return null;
        }
    }
}
