using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The tables, for migrations and for reading. Replicas compete through the SQL of <see cref="Schedule"/> and <see cref="RecordingStore"/> instead.</summary>
internal sealed class RecordingDb(DbContextOptions<RecordingDb> options) : DbContext(options)
{
    public DbSet<ProjectRow> Projects => Set<ProjectRow>();
    public DbSet<RoomTypeRow> RoomTypes => Set<RoomTypeRow>();
    public DbSet<RecordingRow> Recordings => Set<RecordingRow>();
    public DbSet<RunRow> Runs => Set<RunRow>();
    public DbSet<RunFilesRow> RunFiles => Set<RunFilesRow>();
    public DbSet<ScheduleRow> Schedule => Set<ScheduleRow>();
    public DbSet<NotificationRow> Notifications => Set<NotificationRow>();
    public DbSet<LogRow> Log => Set<LogRow>();
    public DbSet<EventRow> Events => Set<EventRow>();
    public DbSet<IdempotencyRow> Idempotency => Set<IdempotencyRow>();
    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();
    public DbSet<AuditRow> Audit => Set<AuditRow>();

    /// <summary>One live recording per project, channel and label: live means that no end was asked for or ordered.</summary>
    public const string OneLiveIndex = "recordings_one_live";

    /// <summary>No recorder uid twice in a channel, ever, so that a notification or a file names exactly one run.</summary>
    public const string OneUidIndex = "runs_one_uid";

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.HasDefaultSchema("recording");
        model.HasSequence<long>("lease_token");
        model.HasSequence<long>(EventStore.Sequence);

        model.Entity<ProjectRow>(table =>
        {
            Name(table, "projects");
            table.HasKey(row => row.Id);
            table.HasIndex(row => row.Name).IsUnique();
            table.Property(row => row.Tokens).HasDefaultValue(0d);
            table.Property(row => row.RefilledAt).HasDefaultValueSql("now()");
            table.Property(row => row.NextCallAt).HasDefaultValueSql("now()");
            table.Property(row => row.Pace).HasDefaultValue(1d);
            table.Property(row => row.PacedAt).HasDefaultValueSql("now()");
            table.Property(row => row.Load).HasDefaultValue(0d);
            table.Property(row => row.LoadedAt).HasDefaultValueSql("now()");
        });
        model.Entity<ProjectActionRow>(table =>
        {
            Name(table, "project_actions");
            table.HasKey(row => row.Id);
            table.HasOne<ProjectRow>().WithMany().HasForeignKey(row => row.ProjectId);
            table.HasIndex(row => new { row.ProjectId, row.Id });
        });
        model.Entity<RoomTypeRow>(table =>
        {
            Name(table, "room_types");
            table.HasKey(row => row.Name);
            Json(table.Property(row => row.Policy));
        });
        model.Entity<RecordingRow>(table =>
        {
            Name(table, "recordings");
            table.HasKey(row => row.Id);
            table.Property(row => row.Id).ValueGeneratedNever();
            Json(table.Property(row => row.Policy));
            Json(table.Property(row => row.Document));
            Json(table.Property(row => row.Metadata));
            Json(table.Property(row => row.Encryption));
            Json(table.Property(row => row.Layout));
            Json(table.Property(row => row.Subscription));
            table
                .HasIndex(row => new
                {
                    row.Project,
                    row.Channel,
                    row.Label,
                })
                .HasDatabaseName(OneLiveIndex)
                .IsUnique()
                .HasFilter("ended_at IS NULL AND stop_requested_at IS NULL AND stop_ordered_at IS NULL");
            table.HasIndex(row => new { row.AcceptedAt, row.Id }).IsDescending();
            table.HasIndex(row => new { row.Channel, row.AcceptedAt });
            table.HasIndex(row => row.ExternalId).HasFilter("external_id IS NOT NULL");
            table.Property(row => row.EventSeq).HasDefaultValue(0);
            // For what builds without events accept: from its next change on it is told.
            table.Property(row => row.AnnouncedState).HasDefaultValue(nameof(RecordingState.Accepted));
            table.Property(row => row.AnnouncedFiles).HasDefaultValue(nameof(FilesState.Pending));
            table.HasMany(row => row.Runs).WithOne().HasForeignKey(run => run.RecordingId);
            table.ToTable(t =>
                t.HasCheckConstraint(
                    "recordings_state",
                    $"state IN ({string.Join(", ", Enum.GetNames<RecordingState>().Select(s => $"'{s}'"))})"
                )
            );
        });
        model.Entity<RunRow>(table =>
        {
            Name(table, "runs");
            table.HasKey(row => new { row.RecordingId, row.Generation });
            Json(table.Property(row => row.Document));
            table
                .HasIndex(row => new
                {
                    row.Project,
                    row.Channel,
                    row.RecorderUid,
                })
                .HasDatabaseName(OneUidIndex)
                .IsUnique();
            table.HasIndex(row => row.Sid);
        });
        model.Entity<RunFilesRow>(table =>
        {
            Name(table, "run_files");
            table.HasKey(row => new { row.RecordingId, row.Generation });
            table.HasOne<RunRow>().WithOne().HasForeignKey<RunFilesRow>(row => new { row.RecordingId, row.Generation });
            Json(table.Property(row => row.Files));
        });
        model.Entity<ScheduleRow>(table =>
        {
            Name(table, "schedule");
            table.HasKey(row => row.RecordingId);
            table.Property(row => row.RecordingId).ValueGeneratedNever();
            table.Property(row => row.Starts).HasDefaultValue(false);
            table.HasOne<RecordingRow>().WithOne().HasForeignKey<ScheduleRow>(row => row.RecordingId);
            table
                .HasIndex(row => new
                {
                    row.ProjectId,
                    row.Priority,
                    row.DueAt,
                })
                .HasDatabaseName("schedule_due");
            // Both indexed columns change twice in each cycle: room on the page and an eager vacuum keep claims short (docs/adr/0002).
            table.HasAnnotation("Npgsql:StorageParameter:fillfactor", 70);
            table.HasAnnotation("Npgsql:StorageParameter:autovacuum_vacuum_scale_factor", 0.02);
        });
        model.Entity<InputRow>(table =>
        {
            Name(table, "inputs");
            table.HasKey(row => row.Id);
            table.Property(row => row.Body).HasColumnType("jsonb");
            table.HasIndex(row => row.RecordingId);
        });
        model.Entity<NotificationRow>(table =>
        {
            Name(table, "notifications");
            table.HasKey(row => new { row.Project, row.NoticeId });
            table.HasIndex(row => new { row.RecordingId, row.ReceivedAt }).HasFilter("recording_id IS NOT NULL");
            table.HasIndex(row => row.Sid);
            table.HasIndex(row => row.ReceivedAt);
        });
        model.Entity<LogRow>(table =>
        {
            Name(table, "log");
            table.HasKey(row => row.Id);
            Json(table.Property(row => row.Detail));
            table.HasIndex(row => new { row.RecordingId, row.Id });
        });
        model.Entity<EventRow>(table =>
        {
            Name(table, "events");
            table.HasKey(row => row.Id);
            Json(table.Property(row => row.Data));
            table.HasIndex(row => row.Position).HasDatabaseName("events_position").IsUnique();
            table.HasIndex(row => row.Id).HasDatabaseName("events_unstamped").HasFilter("position IS NULL");
            table.HasIndex(row => new { row.RecordingId, row.Sequence }).HasDatabaseName("events_sequence").IsUnique();
        });
        model.Entity<IdempotencyRow>(table =>
        {
            Name(table, "idempotency");
            table.HasKey(row => new { row.Caller, row.Key });
            table.HasIndex(row => row.CreatedAt);
        });
        model.Entity<ApiKeyRow>(table =>
        {
            Name(table, "api_keys");
            table.HasKey(row => row.Id);
            table.HasIndex(row => row.Caller);
        });
        model.Entity<AuditRow>(table =>
        {
            Name(table, "audit");
            table.HasKey(row => row.Id);
            table.Property(row => row.Detail).HasColumnType("jsonb");
        });
        model.Entity<WebhookRow>(table =>
        {
            Name(table, "webhooks");
            table.HasKey(row => row.Id);
            table.Property(row => row.Id).ValueGeneratedNever();
        });
        model.Entity<WebhookSecretRow>(table =>
        {
            Name(table, "webhook_secrets");
            table.HasKey(row => row.Id);
            table.Property(row => row.Id).ValueGeneratedNever();
            table.HasOne<WebhookRow>().WithMany().HasForeignKey(row => row.WebhookId);
            table.HasIndex(row => row.WebhookId);
        });
        model.Entity<WebhookLaneRow>(table =>
        {
            Name(table, "webhook_lanes");
            table.HasKey(row => new { row.WebhookId, row.RecordingId });
            table.HasOne<WebhookRow>().WithMany().HasForeignKey(row => row.WebhookId);
            // Named in the model, because both are over the same columns.
            table.HasIndex(row => new { row.WebhookId, row.DueAt }, "webhook_lanes_due");
            // What is in flight: a handful of rows, however many wait.
            table.HasIndex(row => new { row.WebhookId, row.DueAt }, "webhook_lanes_in_flight").HasFilter("lease_owner IS NOT NULL");
            table.HasAnnotation("Npgsql:StorageParameter:fillfactor", 70);
            table.HasAnnotation("Npgsql:StorageParameter:autovacuum_vacuum_scale_factor", 0.02);
        });
        model.Entity<WebhookAttemptRow>(table =>
        {
            Name(table, "webhook_attempts");
            table.HasKey(row => row.Id);
            table.HasOne<WebhookRow>().WithMany().HasForeignKey(row => row.WebhookId);
            table.HasIndex(row => new { row.WebhookId, row.Id });
            table.HasIndex(row => new
            {
                row.WebhookId,
                row.RecordingId,
                row.Id,
            });
        });

        foreach (var property in model.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private static void Name<T>(EntityTypeBuilder<T> table, string name)
        where T : class => table.ToTable(name);

    // Rows are read and never tracked, so two values are the same only when they are one.
    private static void Json<T>(PropertyBuilder<T> property) =>
        property
            .HasColumnType("jsonb")
            .HasConversion(
                new ValueConverter<T, string>(value => StateJson.Write(value), json => StateJson.Read<T>(json)),
                new ValueComparer<T>(
                    (one, other) => ReferenceEquals(one, other),
                    value => RuntimeHelpers.GetHashCode(value),
                    value => value
                )
            );

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));
}
