using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace RecordingService.Infrastructure.Engine.Migrations
{
    /// <inheritdoc />
    public partial class Budgets : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "starts",
                schema: "recording",
                table: "schedule",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AlterColumn<double>(
                name: "tokens",
                schema: "recording",
                table: "projects",
                type: "double precision",
                nullable: false,
                defaultValue: 0.0,
                oldClrType: typeof(double),
                oldType: "double precision");

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "refilled_at",
                schema: "recording",
                table: "projects",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()",
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone");

            migrationBuilder.AddColumn<double>(
                name: "load",
                schema: "recording",
                table: "projects",
                type: "double precision",
                nullable: false,
                defaultValue: 0.0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "loaded_at",
                schema: "recording",
                table: "projects",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "next_call_at",
                schema: "recording",
                table: "projects",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()");

            migrationBuilder.AddColumn<double>(
                name: "pace",
                schema: "recording",
                table: "projects",
                type: "double precision",
                nullable: false,
                defaultValue: 1.0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "paced_at",
                schema: "recording",
                table: "projects",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "paused_at",
                schema: "recording",
                table: "projects",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "starts_from",
                schema: "recording",
                table: "projects",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "project_actions",
                schema: "recording",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<short>(type: "smallint", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    @operator = table.Column<string>(name: "operator", type: "text", nullable: false),
                    note = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_project_actions", x => x.id);
                    table.ForeignKey(
                        name: "FK_project_actions_projects_project_id",
                        column: x => x.project_id,
                        principalSchema: "recording",
                        principalTable: "projects",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_project_actions_project_id_id",
                schema: "recording",
                table: "project_actions",
                columns: new[] { "project_id", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "project_actions",
                schema: "recording");

            migrationBuilder.DropColumn(
                name: "starts",
                schema: "recording",
                table: "schedule");

            migrationBuilder.DropColumn(
                name: "load",
                schema: "recording",
                table: "projects");

            migrationBuilder.DropColumn(
                name: "loaded_at",
                schema: "recording",
                table: "projects");

            migrationBuilder.DropColumn(
                name: "next_call_at",
                schema: "recording",
                table: "projects");

            migrationBuilder.DropColumn(
                name: "pace",
                schema: "recording",
                table: "projects");

            migrationBuilder.DropColumn(
                name: "paced_at",
                schema: "recording",
                table: "projects");

            migrationBuilder.DropColumn(
                name: "paused_at",
                schema: "recording",
                table: "projects");

            migrationBuilder.DropColumn(
                name: "starts_from",
                schema: "recording",
                table: "projects");

            migrationBuilder.AlterColumn<double>(
                name: "tokens",
                schema: "recording",
                table: "projects",
                type: "double precision",
                nullable: false,
                oldClrType: typeof(double),
                oldType: "double precision",
                oldDefaultValue: 0.0);

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "refilled_at",
                schema: "recording",
                table: "projects",
                type: "timestamp with time zone",
                nullable: false,
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone",
                oldDefaultValueSql: "now()");
        }
    }
}
